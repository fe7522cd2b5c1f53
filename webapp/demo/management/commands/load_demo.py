"""`manage.py load_demo`: the demo project and its two logins."""

import os
import secrets
from argparse import ArgumentParser

from django.core.management import call_command
from django.core.management.base import BaseCommand

from webapp.demo.services import COLLEAGUE, MANAGER, load_demo

PASSWORD_VARIABLE = "S2V_DEMO_PASSWORD"  # noqa: S105  (the name of a variable)


class Command(BaseCommand):
    help = f"Loads the demo project. New logins get the password in {PASSWORD_VARIABLE}, else a random one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")
        parser.add_argument("--set-password", action="store_true", help="also for logins that exist already")

    def handle(self, *, migrate: bool, set_password: bool, **_options: object) -> None:
        """Load it and say how to log in."""
        if migrate:
            # In this process and not one before it: starting Django twice would double the time of a start.
            call_command("migrate", interactive=False, verbosity=0)
        given = os.environ.get(PASSWORD_VARIABLE, "")
        password = given or secrets.token_urlsafe(9)
        project = load_demo(password, reset_password=set_password)
        self.stdout.write(f"{project.name}: log in as {MANAGER} or {COLLEAGUE}")
        if not given:
            self.stdout.write(f"password of new logins: {password}")
