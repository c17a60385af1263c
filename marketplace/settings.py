"""Settings, all read from the environment. docs/reference/settings.md is made from SETTINGS."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Setting:
    """One environment variable: its default and what it is for."""

    name: str
    default: str
    about: str
    secret: bool = False


SETTINGS: dict[str, Setting] = {}


def env(name: str, default: str, about: str, *, secret: bool = False) -> str:
    """Read a variable, and note it for the reference."""
    SETTINGS[name] = Setting(name, default, about, secret)
    return os.environ.get(name, default)


SHORTEST_SECRET = 50
SAMPLE_SECRET = "sample-secret-for-development-only"  # noqa: S105 - refused in production
ENVIRONMENT = env(
    "EMPORION_ENV", "development", "production, embedded (one command) or development."
)
PRODUCTION = ENVIRONMENT == "production"
SECRET_KEY = env(
    "SECRET_KEY", SAMPLE_SECRET, "Signs sessions; at least 50 characters.", secret=True
)
FIELD_KEY = env(
    "EMPORION_FIELD_KEY", "", "Encrypts stored secrets (32 bytes, base64).", secret=True
)
DEBUG = env("DEBUG", "0", "1 shows tracebacks; refused in production.") == "1"
ALLOWED_HOSTS = env("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]", "Host names, by comma.").split(
    ","
)
BASE_URL = env("EMPORION_BASE_URL", "http://127.0.0.1:8000", "Where people reach the portal.")
INSTANCE = env("EMPORION_INSTANCE", "Emporion", "Name of this instance on pages and in mail.")
SECURITY_CONTACT = env(
    "EMPORION_SECURITY_CONTACT",
    "",
    "Mail or https address that /.well-known/security.txt names; empty shows no such file.",
)
if any(letter in SECURITY_CONTACT for letter in "\r\n"):
    raise ImproperlyConfigured("EMPORION_SECURITY_CONTACT has to be one line.")
EVENT_PREFIX = env("EMPORION_EVENT_PREFIX", "io.emporion", "Prefix of CloudEvents types.")
VAR = Path(env("EMPORION_VAR", str(BASE_DIR / "var"), "Folder for state of the embedded stack."))
PLATFORM_ENV = env("EMPORION_PLATFORM_ENV", "demo", "Part of role names on data platforms.")
ALLOW_TARGETS = [
    part
    for part in env(
        "EMPORION_ALLOW_TARGETS", "", "Hosts or CIDRs that webhooks may reach although private."
    ).split(",")
    if part
]
REVIEW_HOURS = int(
    env("EMPORION_REVIEW_HOURS", "24", "Hours within which an access request should be answered.")
)
REQUEST_STREAMS = int(
    env("EMPORION_REQUEST_STREAMS", "1", "Requests that a web process streams to pages at a time.")
)
REQUEST_STREAM_SECONDS = int(
    env("EMPORION_REQUEST_STREAM_SECONDS", "25", "How long one such stream lasts.")
)
LAB_ROWS = int(env("EMPORION_LAB_ROWS", "1000", "Rows a lab query may give."))
LAB_BYTES = int(env("EMPORION_LAB_BYTES", "5000000", "Bytes a lab query may give."))
LAB_TIMEOUT_MS = int(env("EMPORION_LAB_TIMEOUT_MS", "15000", "Milliseconds a lab query may run."))
FUNNEL_KEEP_DAYS = int(
    env("EMPORION_FUNNEL_KEEP_DAYS", "30", "Days that searches and looks stay with their person.")
)

if PRODUCTION:
    refused = [
        words
        for wrong, words in [
            (
                SECRET_KEY == SAMPLE_SECRET or len(SECRET_KEY) < SHORTEST_SECRET,
                "SECRET_KEY is a sample or short",
            ),
            (not FIELD_KEY, "EMPORION_FIELD_KEY is missing"),
            (DEBUG, "DEBUG is on"),
            ("*" in ALLOWED_HOSTS, "ALLOWED_HOSTS allows every name"),
            (not BASE_URL.startswith("https://"), "EMPORION_BASE_URL is not https"),
        ]
        if wrong
    ]
    if refused:
        raise ImproperlyConfigured("Refusing to start in production: " + "; ".join(refused) + ".")


def database(url: str) -> dict[str, object]:
    """Turn a PostgreSQL address into Django's form; ``?host=`` names a socket's folder.

    Statements are prepared at their second run on a connection: planning a join of six tables
    takes longer than running it. ``?pooled=1`` says that a pooler shares connections between
    transactions; then nothing is prepared and no cursor outlives its transaction.
    """
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    pooled = query.pop("pooled", "") == "1"
    prepared: dict[str, object] = {"prepare_threshold": None if pooled else 2}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or parts.hostname or "",
        "PORT": query.pop("port", None) or (str(parts.port) if parts.port else ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "OPTIONS": {"server_side_binding": True, **prepared, **query},
    }


DATABASES = {
    "default": database(
        env(
            "DATABASE_URL",
            f"postgresql://emporion@/emporion?host={VAR}/sock",
            "PostgreSQL 16 or newer of the application.",
            secret=True,
        )
    )
}
BROKER_URL = env(
    "BROKER_URL",
    f"redis+socket://{VAR}/sock/valkey.sock",
    "Redis or Valkey 7 or newer.",
    secret=True,
)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "marketplace.kernel.identity.sign_on",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "marketplace.kernel.events",
    "marketplace.kernel.identity",
    "marketplace.kernel.rest",
    "marketplace.kernel.web",
    "catalog",
    "governance",
    "subscriptions",
]
MIDDLEWARE = [
    "marketplace.kernel.requests.RequestId",
    "marketplace.portal.health.Counted",
    "marketplace.kernel.rest.straight.Straight",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "marketplace.kernel.web.packed.Packed",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "marketplace.kernel.web.language.Language",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "marketplace.kernel.problem.ProblemPages",
    "marketplace.kernel.rest.straight.Goal",
]
ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.portal.chrome.chrome",
            ],
            "builtins": [
                "marketplace.kernel.web.templatetags.emporion",
                "django.templatetags.i18n",
            ],
            "debug": DEBUG,
        },
    }
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "/accounts/login/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "marketplace.kernel.identity.sign_in.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "marketplace.kernel.identity.sign_in.SocialAccountAdapter"
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "20/m/ip,10/5m/key"}
OIDC_APP = {
    "provider_id": "oidc",
    "name": env("OIDC_NAME", "Single sign-on", "Words on the sign-in button."),
    "client_id": env("OIDC_CLIENT_ID", "", "Client id at the OpenID provider."),
    "secret": env("OIDC_CLIENT_SECRET", "", "Its secret.", secret=True),
    "settings": {
        "server_url": env(
            "OIDC_SERVER_URL", "", "Issuer address of the OpenID provider; empty turns OIDC off."
        )
    },
}
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [OIDC_APP] if os.environ.get("OIDC_SERVER_URL") else [],
    }
}

_BASE = urlsplit(BASE_URL)
_ON_THIS_MACHINE = _BASE.hostname in ("127.0.0.1", "::1", "localhost")
PASSKEY_RP_ID = env(
    "EMPORION_PASSKEY_RP_ID",
    "localhost" if _ON_THIS_MACHINE else _BASE.hostname or "",
    "Domain that passkeys are made for: the host of EMPORION_BASE_URL or a domain above it. "
    "A change makes every passkey useless; empty turns them off.",
)
PASSKEY_ORIGINS = [
    part
    for part in env(
        "EMPORION_PASSKEY_ORIGINS",
        f"http://localhost:{_BASE.port or 80}"
        if _ON_THIS_MACHINE
        else f"{_BASE.scheme}://{_BASE.netloc}",
        "Addresses of pages that may use passkeys, by comma.",
    ).split(",")
    if part
]
if PASSKEY_RP_ID.replace(".", "").isdigit() or ":" in PASSKEY_RP_ID:
    PASSKEY_RP_ID = ""  # browsers make no passkey for a bare address

SECURE_SSL_REDIRECT = False  # the reverse proxy does it
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if env("TRUST_PROXY", "0", "1 believes X-Forwarded-Proto of the reverse proxy.") == "1"
    else None
)
SESSION_ENGINE = "marketplace.kernel.identity.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "emporion_session"
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "emporion_csrf"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "marketplace.portal.errors.csrf_refused"
X_FRAME_OPTIONS = "DENY"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
_OIDC = urlsplit(os.environ.get("OIDC_SERVER_URL", ""))
_OIDC_ORIGIN = [f"{_OIDC.scheme}://{_OIDC.netloc}"] if _OIDC.netloc else []
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    # Signing in redirects to the provider, which browsers count as the form's target.
    "form-action": [CSP.SELF, *_OIDC_ORIGIN],
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_HTTPONLY = True
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env("STATIC_ROOT", str(VAR / "staticfiles"), "Where collectstatic writes."))
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATIC_MANIFEST = "pytest" not in sys.modules and (
    "collectstatic" in sys.argv or (STATIC_ROOT / "staticfiles.json").exists()
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        # Compressing takes 40 s: for an image that is built once, not for a first start.
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if not STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if ENVIRONMENT == "embedded"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
WHITENOISE_AUTOREFRESH = False

SMTP_HOST = env("SMTP_HOST", "", "SMTP server; empty keeps mail in the database at /dev/outbox.")
SMTP_PORT = int(env("SMTP_PORT", "587", "Its port."))
SMTP_USER = env("SMTP_USER", "", "User there.")
SMTP_PASSWORD = env("SMTP_PASSWORD", "", "Password there.", secret=True)
SMTP_STARTTLS = env("SMTP_STARTTLS", "1", "0 sends in clear: for a mail sink only.") == "1"
MAIL_FROM = env("MAIL_FROM", "emporion@localhost", "Sender of mail.")

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "marketplace.kernel.problem.handle",
    "DEFAULT_SCHEMA_CLASS": "marketplace.kernel.rest.schema.AutoSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "marketplace.kernel.rest.authentication.TokenAuthentication",
        "marketplace.kernel.rest.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["marketplace.kernel.rest.authentication.SignedIn"],
    "DEFAULT_PARSER_CLASSES": ["marketplace.kernel.rest.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["marketplace.kernel.rest.renderers.ORJSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "marketplace.kernel.rest.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["marketplace.kernel.rest.throttling.PerActor"],
    "DEFAULT_THROTTLE_RATES": {
        "actor": env("EMPORION_THROTTLE", "6000/min", "API requests per token or address.")
    },
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Emporion",
    "VERSION": "1",
    "DESCRIPTION": "Find data products, ask for access, get it proven, hear before it changes.",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {"DriftKindEnum": "subscriptions.models.drift.DRIFT_KINDS"},
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_DIST": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "marketplace.kernel.rest.schema.with_webhooks",
    ],
    "AUTHENTICATION_WHITELIST": ["marketplace.kernel.rest.authentication.TokenAuthentication"],
}

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_PUBLISH_RETRY = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_MAX_TASKS_PER_CHILD = 5000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TASK_DEFAULT_QUEUE = "events"
CELERY_BEAT_SCHEDULE = {
    # A ticker only: the relay in every worker looks by itself, so nothing waits for this.
    "sweep": {
        "task": "subscriptions.tasks.sweep",
        "schedule": 15.0,
        "options": {"queue": "grants"},
    },
    "funnel": {
        "task": "subscriptions.tasks.funnel",
        "schedule": 300.0,
        "options": {"queue": "events"},
    },
    "deliver": {
        "task": "marketplace.kernel.events.tasks.deliver",
        "schedule": 15.0,
        "options": {"queue": "events"},
    },
}

SECRETS_DIR = env(
    "EMPORION_SECRETS_DIR", "/run/secrets", "Folder that file: references of platforms lead into."
)

WAREHOUSE = {
    "host": env("WAREHOUSE_HOST", "127.0.0.1", "Host of the demo warehouse."),
    "port": env("WAREHOUSE_PORT", "", "Its port; empty means there is no demo warehouse."),
    "database": env("WAREHOUSE_DB", "warehouse", "Its database."),
    "user": env("WAREHOUSE_USER", "emporion_provisioner", "The provisioner's role there."),
    "password": env("WAREHOUSE_PASSWORD", "", "The provisioner's password there.", secret=True),
}
WAREHOUSE_ADMIN_DSN = env(
    "EMPORION_WAREHOUSE_ADMIN_DSN",
    "",
    "Owner's address of the demo warehouse, for loading it.",
    secret=True,
)

LOGGING_CONFIG = None
from marketplace.kernel.logs import configure  # noqa: E402

configure(
    level=env("LOG_LEVEL", "INFO", "Least level that is written."),
    style=env("LOG_STYLE", "json" if PRODUCTION else "console", "json or console."),
    secrets=[
        os.environ[name]
        for name, setting in SETTINGS.items()
        if setting.secret and name in os.environ
    ],
)
