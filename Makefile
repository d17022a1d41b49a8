# One sentence for each target; `make help` prints them.
.DEFAULT_GOAL := help
.PHONY: help install run demo test soak lint bench lock stack

PYTHON_HERE := .venv/bin/python
# What `check --deploy` is asked about: a site behind a proxy that speaks HTTPS.
PRODUCTION := DEBUG=false SECRET_KEY=$$($(PYTHON_HERE) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	SITE_URL=https://courses.example.org ALLOWED_HOSTS=courses.example.org TRUSTED_PROXY_COUNT=1 \
	DATABASE_URL=postgres://127.0.0.1/coursesite CELERY_BROKER_URL=redis://127.0.0.1/0 \
	CACHE_URL=redis://127.0.0.1/1 EMAIL_URL=smtp://127.0.0.1:25 ENV_FILE=/dev/null

help: ## Print this list.
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

install: ## Make .venv with everything in it that the site and its tests need.
	@deploy/install.sh requirements-dev.txt

run: ## Start the demo course here: web, worker and beat (PORT=8123 chooses another port).
	@deploy/install.sh requirements.txt
	@$(PYTHON_HERE) -m deploy.run

demo: ## Start the demo course afresh, after asking.
	@deploy/install.sh requirements.txt
	@$(PYTHON_HERE) manage.py demo --fresh

test: install ## Run every test, on SQLite and on Postgres with Redis.
	@deploy/packages.sh $(if $(TEST_DATABASE_URL),,postgresql) $(if $(TEST_REDIS_URL),,redis-server) chromium
	@$(PYTHON_HERE) -m pytest -n 2 --dist each --max-worker-restart 0

soak: install ## Break worker, broker, database and clock a hundred times, and count what comes twice.
	@deploy/packages.sh $(if $(TEST_DATABASE_URL),,postgresql) redis-server
	@SOAK=1 $(PYTHON_HERE) -m pytest -n 2 --dist each --max-worker-restart 0 tests/faults

lint: install ## Check style, templates, types, migrations and the settings of production.
	@$(PYTHON_HERE) -m ruff check .
	@$(PYTHON_HERE) -m ruff format --check .
	@git ls-files -z -- 'templates/*.html' 'templates/*.txt' | xargs -0 -r .venv/bin/djade --check --target-version 5.2
	@$(PYTHON_HERE) -m mypy .
	@ENV_FILE=/dev/null DATABASE_URL=sqlite://:memory: $(PYTHON_HERE) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PYTHON_HERE) manage.py check --deploy --fail-level WARNING

bench: install ## Measure the site against a bare Django floor; exit 1 where a goal is missed.
	@deploy/packages.sh postgresql redis-server
	@$(PYTHON_HERE) -m tests.benchmarks

lock: install ## Write the hashed locks again from pyproject.toml (UPGRADE=--upgrade for newer versions).
	@$(LOCK) --group uv -o deploy/requirements-uv.txt
	@$(LOCK) pyproject.toml -o deploy/requirements.txt
	@$(LOCK) pyproject.toml --group dev -o deploy/requirements-dev.txt
LOCK = $(PYTHON_HERE) -m uv pip compile --quiet --generate-hashes --universal --no-header $(UPGRADE)

stack: ## Start the full stack here: Postgres, Redis, gunicorn, worker and beat, with DEBUG off.
	@deploy/install.sh requirements.txt
	@deploy/packages.sh postgresql redis-server
	@$(PYTHON_HERE) -m deploy.stack
