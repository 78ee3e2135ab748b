"""`python -m api`: the API process, with settings from the environment."""

import logging

import uvicorn

from api.app import create_app
from api.auth import is_loopback
from api.server import config_of
from api.settings import ApiSettings
from core import logs

log = logging.getLogger("api")


def main() -> None:
    settings = ApiSettings()
    logs.configure(settings, "api")
    if settings.auth == "off" and not is_loopback(settings.host):
        log.warning("VOICELIFT_AUTH=off: anyone who reaches this address can use the service without a key")
    uvicorn.Server(config_of(create_app(settings), settings)).run()


if __name__ == "__main__":
    main()
