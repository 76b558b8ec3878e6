-- Segments of the word indexes are merged by story_words_tidy, a little in each group, eight at a time: FTS5's own way does
-- it for hundreds of pages at once, four at a time. The crisis, a merge at one stroke, stays out of reach.
INSERT INTO words (words, rank) VALUES ('automerge', 0);
INSERT INTO words (words, rank) VALUES ('usermerge', 8);
INSERT INTO words (words, rank) VALUES ('crisismerge', 64);
INSERT INTO brief_words (brief_words, rank) VALUES ('automerge', 0);
INSERT INTO brief_words (brief_words, rank) VALUES ('usermerge', 8);
INSERT INTO brief_words (brief_words, rank) VALUES ('crisismerge', 64);
