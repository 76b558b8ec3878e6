# Forwards to ./dev, for hands that type make.
.PHONY: all check test lint run fuzz bench clean
all:
	@./dev build
check test:
	@./dev test
lint:
	@./dev lint
run:
	@./dev run
fuzz:
	@./dev fuzz
bench:
	@./dev bench
clean:
	rm -rf build
