"""All settings. What differs between a laptop and production comes from the environment, nothing else.

S2V_DATA             folder for everything we write (media, features, uploads, database, secret key)
DATABASE_URL         sqlite:///… (default: in S2V_DATA) or postgresql://…
REDIS_URL            redis://, rediss:// or unix://… (broker, channel layer, cache)
S2V_SECRET_KEY       signs sessions (default: made once, kept in S2V_DATA)
S2V_ALLOWED_HOSTS    host names we answer to, separated by commas
S2V_ORIGINS          further origins that may send forms, such as https://annotate.example.org
S2V_BEHIND_PROXY     a proxy in front of us terminates TLS and sets X-Forwarded-Proto
S2V_OPEN_SIGNUP      anybody may make an account; otherwise an invitation is needed
S2V_DEBUG            Django's debug pages; never in production
S2V_MAX_UPLOAD_MB    largest file that may be uploaded
S2V_MAX_VOXELS       largest volume that may be imported
S2V_IMPORT_SECONDS, S2V_IMPORT_MEMORY_MB   what reading one upload may cost
S2V_INTERACTIVE_SHARDS     over how many interactive workers the cases are spread
S2V_VISIBILITY_TIMEOUT_S   after this long the broker gives an unfinished task to another worker
S2V_FEATURES_MAX_MB  what the model's features may take on disk; those used longest ago go first
S2V_CHECKPOINT       weights of the model (default: those that are bundled)
"""

from pathlib import Path

from webapp.config import environment
from webapp.config.secret_key import secret_key_in

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = environment.folder("S2V_DATA", BASE_DIR / "data")
MEDIA_ROOT = DATA_DIR / "media"
FEATURES_DIR = DATA_DIR / "features"
UPLOADS_DIR = DATA_DIR / "uploads"
for _folder in (MEDIA_ROOT, FEATURES_DIR, UPLOADS_DIR):
    _folder.mkdir(exist_ok=True)

DEBUG = environment.flag("S2V_DEBUG", False)
SECRET_KEY = environment.text("S2V_SECRET_KEY", "") or secret_key_in(DATA_DIR)
ALLOWED_HOSTS = environment.words("S2V_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = environment.words("S2V_ORIGINS", [])
BEHIND_PROXY = environment.flag("S2V_BEHIND_PROXY", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "allauth",
    "allauth.account",
    "ninja",
    "webapp.config.vite",
    "webapp.accounts",
    "webapp.projects",
    "webapp.volumes",
    "webapp.annotation",
    "webapp.review",
    "webapp.insight",
    "webapp.export",
    "webapp.pages",
    "webapp.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "webapp.config.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "webapp.pages.middleware.PagesNeedLogin",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "webapp.pages.middleware.DomainErrorsAsPages",
]

ROOT_URLCONF = "webapp.config.urls"
ASGI_APPLICATION = "webapp.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "webapp" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database, broker, channel layer, cache -----------------------------------------------------------------

DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = environment.redis("REDIS_URL", "redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        # Plain publish and subscribe: nothing is stored in Redis for a tab that has gone, and a message that is
        # lost on the way shows as a gap in the sequence numbers, which both ends close from the database.
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

CELERY_BROKER_URL = environment.broker(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": environment.number("S2V_VISIBILITY_TIMEOUT_S", 3600, 10, 86400),
    # A worker empties its queues strictly in the order in which it names them.
    "queue_order_strategy": "priority",
    "priority_steps": [0],
}

INTERACTIVE_SHARDS = environment.number("S2V_INTERACTIVE_SHARDS", 1, 1, 256)

# --- People -------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
ACCOUNT_ADAPTER = "webapp.pages.sign_up.InvitedSignupAdapter"
OPEN_SIGNUP = environment.flag("S2V_OPEN_SIGNUP", False)
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# --- Cookies, proxy, headers --------------------------------------------------------------------------------

SESSION_COOKIE_NAME = "s2v_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = BEHIND_PROXY
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = BEHIND_PROXY
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 30 * 86400

# --- Files --------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [BASE_DIR / "webapp" / "static", *([FRONTEND_DIST] if FRONTEND_DIST.is_dir() else [])]
WHITENOISE_USE_FINDERS = True
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/assets/.+-[\w-]{8}\.\w+$"

MAX_UPLOAD_BYTES = environment.number("S2V_MAX_UPLOAD_MB", 2048, 1, 1_000_000) * 1024 * 1024
MAX_VOXELS = environment.number("S2V_MAX_VOXELS", 512 * 512 * 2048, 1, 2**40)
IMPORT_SECONDS = environment.number("S2V_IMPORT_SECONDS", 600, 1, 86400)
IMPORT_MEMORY_BYTES = environment.number("S2V_IMPORT_MEMORY_MB", 8192, 256, 1_000_000) * 1024 * 1024
# Uploads go straight to disk, in the file system where they stay, so that keeping one is a rename.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = UPLOADS_DIR
DATA_UPLOAD_MAX_NUMBER_FILES = 800  # of a DICOM series, a file a slice, all open at once

# A bound on what can be made again at any time; what is in use stays even if that is more.
FEATURES_MAX_BYTES = environment.number("S2V_FEATURES_MAX_MB", 20_480, 1, 100_000_000) * 1024 * 1024
CHECKPOINT = environment.text(
    "S2V_CHECKPOINT", str(BASE_DIR / "segmentation_engine" / "weights" / "s2vnet.safetensors")
)

# --- Language, time, logs -----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
