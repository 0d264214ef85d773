"""Every setting and every environment variable of the register, read here and nowhere else.

Each variable `NAME` may also be given as `NAME_FILE`, the path of a file that holds the value (for secrets). With none
set, the register uses the embedded PostgreSQL and Valkey that `quickstart` keeps under `NQR_HOME`.
"""

import os
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF

from registry.embedded import read_secret, read_services
from registry.framework.profile import load

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """The value of the environment variable, or of the file that `NAME_FILE` names, or the default."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    return os.environ.get(name, default)


def database(url: str) -> dict:
    """Django's connection settings for a `postgresql://` URL; `?host=` names a unix socket's folder."""
    parts = urlsplit(url)
    # A server that has vanished is noticed within half a minute, where the system's own settings take two hours.
    limits = {
        "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }  # fmt: skip
    options = limits | dict(parse_qsl(parts.query))
    return {
        "ENGINE": "registry.postgres",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


NQR_HOME = Path(env("NQR_HOME", str(BASE_DIR / "var"))).resolve()
NQR_PROFILE = env("NQR_PROFILE", "nz")
SERVICES = {} if env("DATABASE_URL") else read_services(NQR_HOME)

DEBUG = False
SECRET_KEY = env("SECRET_KEY") or read_secret(NQR_HOME) or secrets.token_urlsafe(50)
ALLOWED_HOSTS = env("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
# The address that outside systems know the register by; empty: that of the request.
PUBLIC_URL = env("PUBLIC_URL").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []

INSTALLED_APPS = [
    "registry",
    "providers",
    "credentials",
    "api",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_include_bootstrap",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
]

MIDDLEWARE = [
    "registry.middleware.request_id",
    "registry.middleware.PublicGZip",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "registry.middleware.Sessions",
    "registry.middleware.language_of_the_address",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"
FORM_RENDERER = "registry.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.context.register",
            ],
            "builtins": ["registry.templatetags.register"],
        },
    }
]

# The application's role has no DDL. Only migrations (and the tests, which make databases) know the owner's.
DATABASES = {"default": database(env("DATABASE_URL") or SERVICES.get("DATABASE_URL", "postgresql:///nqr"))}
if owner_url := env("DATABASE_OWNER_URL"):
    DATABASES["owner"] = database(owner_url) | {"CONN_MAX_AGE": 0}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL") or SERVICES.get("REDIS_URL", "redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "registry.cache.FailOpenRedisCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=", 1)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A decision waits at most this long to wake the worker; the rows of the outbox are the truth, not the message.
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 0.2, "socket_timeout": 30, "max_retries": 0}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULE = {
    "deliver-notices": {"task": "registry.tasks.deliver_notices", "schedule": timedelta(minutes=1)},
    # What is embargoed is public within a minute after the day has begun at the authority.
    "release": {"task": "registry.tasks.release_due", "schedule": timedelta(minutes=1)},
    # What one decision changes of many entries is published batch by batch, from the minute of that decision on.
    "publish-bulk": {"task": "credentials.tasks.publish_bulk", "schedule": timedelta(minutes=1)},
    "scan-evidence": {"task": "registry.tasks.scan_evidence", "schedule": timedelta(minutes=1)},
    # Each hour, for the day that it is at the authority: what was missed while a machine stood still comes within one.
    "daily": {"task": "registry.tasks.run_daily", "schedule": timedelta(hours=1)},
    # Looked at each hour, made once a day.
    "exports": {"task": "registry.tasks.renew_exports", "schedule": timedelta(hours=1)},
}

SEARCH_INDEX_DIR = NQR_HOME / "index"
# Whether the lists of words that people use for one another count (registry/framework/profiles/words).
SEARCH_SYNONYMS = env("SEARCH_SYNONYMS", "on") != "off"

AUTH_USER_MODEL = "registry.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "registry.people.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:dashboard"

EMAIL_BACKEND = env("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_FILE_PATH = NQR_HOME / "mail"
EMAIL_HOST, EMAIL_PORT = env("EMAIL_HOST", "localhost"), int(env("EMAIL_PORT", "25"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", "register@localhost")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("pt", "Português"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "registry" / "locale"]
USE_TZ = True
# Legal dates are calendar dates where the authority is; instants are stored, and sent by the API, in UTC.
TIME_ZONE = load(NQR_PROFILE).time_zone

STATIC_URL = "static/"
# Where collectstatic puts the files, compressed and under names that change with what is in them, so that a browser keeps
# them for a year. Without it they come from where they lie, as they are.
STATIC_ROOT = env("STATIC_ROOT") or None
COLLECTED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
IN_PLACE = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": COLLECTED if STATIC_ROOT else IN_PLACE,
        # They are public, and whoever collects them need not be the account that serves them.
        "OPTIONS": {"file_permissions_mode": 0o644, "directory_permissions_mode": 0o755},
    },
}
WHITENOISE_USE_FINDERS = not STATIC_ROOT
MEDIA_ROOT = NQR_HOME / "evidence"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# Evidence: what an applicant may attach to a criterion, each file and all of a case; and what a file may unpack to.
EVIDENCE_MAX_BYTES = 20 * 1024 * 1024
EVIDENCE_MAX_FILES = 500
EVIDENCE_MAX_CASE_BYTES = 1024 * 1024 * 1024
EVIDENCE_MAX_UNPACKED_BYTES = 200 * 1024 * 1024
EVIDENCE_MAX_PIXELS = 100_000_000
# Where clamd listens for files to scan, as host:port; empty: files are said not to be scanned. Seconds for each answer.
CLAMD_ADDRESS = env("CLAMD_ADDRESS")
CLAMD_TIMEOUT = 60

HTTPS = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's own stylesheet draws its ticks and arrows from data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["api.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.Nobody"],
    "DEFAULT_THROTTLE_CLASSES": ["api.throttling.ReadThrottle", "api.throttling.KeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"read": env("API_READ_RATE", "600/min"), "key": env("API_KEY_RATE", "3000/min")},
    "NUM_PROXIES": int(env("TRUSTED_PROXIES", "0")),
    "EXCEPTION_HANDLER": "api.errors.problem",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "National Qualifications Register API",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "POSTPROCESSING_HOOKS": ["api.v1.schema.with_problems"],
}

# Where a weakness of this site is told to (RFC 9116): mail or web addresses, separated by commas; empty: the page that says how.
SECURITY_CONTACT = env("SECURITY_CONTACT")

# How often one address may send one of the public forms.
PUBLIC_FORM_RATE = env("PUBLIC_FORM_RATE", "10/hour")
# How often one address may have the whole journal read for a search of a past day.
PUBLIC_PAST_RATE = env("PUBLIC_PAST_RATE", "20/min")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "INFO")},
    # Refused requests are answers, not faults; they reach the log of the web server in front.
    "loggers": {"django.request": {"level": "ERROR"}, "httpx": {"level": "WARNING"}, "weasyprint": {"level": "ERROR"}},
}
