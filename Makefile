# The same commands that CI calls. Each is a short script under scripts/.
MAKEFLAGS += --no-print-directory
.PHONY: run test check bench demo regen

run: ## build and start on http://localhost:8080, data in ./data
	@scripts/run.sh

test: ## install what the tests need and is missing, then run every test
	@scripts/test.sh

check: ## format, lints, architecture, generated files
	@scripts/check.sh

bench: ## the numbers of bench/README.md, each against its yardstick
	@bench/run.sh

demo: ## the same as run, with a company of 2,000 people to look around in
	@scripts/demo.sh

regen: ## write the generated files: docs/openapi.json and the page's client
	@scripts/regen.sh
