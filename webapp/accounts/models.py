from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower


class User(AbstractUser):
    """A person who can log in, with a user name or an e-mail address."""

    class Meta(AbstractUser.Meta):
        constraints = (
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="one_account_an_email_address"),
        )

    @property
    def name(self) -> str:
        """How others see this person."""
        return self.get_full_name() or self.username
