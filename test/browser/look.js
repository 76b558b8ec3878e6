// What can be seen of a page from within; each returns what is wrong, as words. browser.py evaluates this as an expression.
({
  words(e) {
    const name = e.id ? `#${e.id}` : e.className && typeof e.className === "string" ? `.${e.className.split(" ")[0]}` : "";
    return `<${e.localName}${name}> ${(e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40)}`;
  },

  is_seen(e) {
    if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let up = e; up; up = up.parentElement)
      if (up.matches(".hidden, .trap, .skip:not(:focus)")) return false;
    return true;
  },

  texts() {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (node.data.trim() && !node.parentElement.closest("script, style, noscript")) found.push(node);
    }
    return found;
  },

  // Nothing reaches beyond the page's edge, unless it scrolls inside itself.
  wide() {
    const page = document.documentElement;
    const room = page.clientWidth;
    const wrong = page.scrollWidth > room ? [`the page is ${page.scrollWidth} px wide, the window ${room}`] : [];
    for (const node of this.texts()) {
      if (!this.is_seen(node.parentElement) || node.parentElement.closest(".sections-list")) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const r of range.getClientRects())
        if (r.right > room + 1 || r.left < -1) {
          wrong.push(`beyond the edge: ${this.words(node.parentElement)}`);
          break;
        }
    }
    return wrong;
  },

  small() {
    const size = (style) => parseFloat(style.fontSize) * (style.fontVariantCaps === "normal" ? 1 : 0.7); // small capitals
    return this.texts()
      .filter((n) => this.is_seen(n.parentElement) && size(getComputedStyle(n.parentElement)) < 12)
      .map((n) => `under 12 px: ${this.words(n.parentElement)}`);
  },

  // Text whose box hides a part of it, across; lines that a clamp hides below are meant.
  cut() {
    return [...document.body.querySelectorAll("*")]
      .filter((e) => this.is_seen(e) && getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1)
      .filter((e) => !e.matches(".sections-list, input, textarea"))
      .map((e) => `cut off: ${this.words(e)}`);
  },

  // lang and dir of the page, and of every piece in another script.
  tongue(lang) {
    const wrong = [];
    const dir = lang === "ar" ? "rtl" : "ltr";
    const root = document.documentElement;
    if (root.lang !== lang || root.dir !== dir) wrong.push(`the page says lang=${root.lang} dir=${root.dir}`);
    for (const node of this.texts()) {
      const arabic = (node.data.match(/\p{Script=Arabic}/gu) || []).length;
      const latin = (node.data.match(/\p{Script=Latin}/gu) || []).length;
      if (arabic + latin < 12) continue;
      const e = node.parentElement;
      const told = e.closest("[lang]").lang;
      const turned = getComputedStyle(e).direction === "rtl";
      if (arabic > latin && (told !== "ar" || !turned)) wrong.push(`Arabic in lang=${told}: ${this.words(e)}`);
      if (latin > 4 * arabic && told === "ar" && !e.closest("bdi, code, [dir=ltr]")) wrong.push(`Latin in lang=ar: ${this.words(e)}`);
    }
    return wrong;
  },

  async shift() {
    const found = [];
    const watch = new PerformanceObserver((list) => found.push(...list.getEntries()));
    watch.observe({ type: "layout-shift", buffered: true });
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)));
    const what = (s) => s.node ? this.words(s.node.nodeType === 1 ? s.node : s.node.parentElement) : "?";
    return found.map((e) => `the layout shifted by ${e.value}: ${e.sources.map(what)}`);
  },

  // One h1, and no level of heading left out on the way down.
  heads() {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((h) => +h.localName[1]);
    const wrong = levels.filter((l) => l === 1).length === 1 ? [] : [`levels of headings: ${levels}`];
    levels.forEach((l, i) => i && l > levels[i - 1] + 1 && wrong.push(`h${l} follows h${levels[i - 1]}`));
    return wrong;
  },

  async all(lang, is_resized) {
    const shift = is_resized ? [] : await this.shift(); // a new width moves things, and may
    return [...this.wide(), ...this.small(), ...this.cut(), ...this.tongue(lang), ...this.heads(), ...shift];
  },

  // What has the focus, and whether it shows.
  focused() {
    const e = document.activeElement;
    if (!e || e === document.body) return null;
    const style = getComputedStyle(e);
    const box = e.getBoundingClientRect();
    return {
      name: e.id || e.getAttribute("href") || e.name || e.localName,
      ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
      seen: box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
  },

  // The parts of a story page that are there, in the order in which they are read, each with where it begins.
  story() {
    const parts = {
      labels: ".labels", headline: "h1", spot: ".story-spot", byline: ".byline", dates: ".story-meta time", share: ".share",
      picture: ".picture", note: ".note", dateline: ".dateline-city", text: ".story-text p", notice: ".notice",
      subscribe: '.notice a[href$="/subscribe"]', after: ".story-after",
    };
    const found = Object.entries(parts).map(([name, query]) => [name, document.querySelector(query)]).filter(([, e]) => e);
    found.sort(([, a], [, b]) => (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
    return found.map(([name, e]) => ({ name, text: e.textContent.trim(), top: e.getBoundingClientRect().top }));
  },
})
