import pytest
from django.db import IntegrityError
from django.test import Client

from tests.conftest import PASSWORD
from webapp.accounts.models import User


@pytest.mark.parametrize("name", ["mona", "mona@example.org", "MONA@example.org"])
def test_people_log_in_with_name_or_address(client: Client, manager: User, name: str, redis_server: str) -> None:
    answer = client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/")
    assert client.get("/").status_code == 200
    cookie = client.cookies["s2v_session"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_wrong_password_is_refused(client: Client, manager: User, redis_server: str) -> None:
    answer = client.post("/accounts/login/", {"login": "mona", "password": "wrong"})
    assert answer.status_code == 200
    assert b"form-error" in answer.content
    assert client.get("/").status_code == 302


def test_nobody_signs_up_by_themselves(client: Client, db: None, redis_server: str) -> None:
    form = {"username": "new", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/accounts/signup/", form)
    assert not User.objects.exists()


def test_two_accounts_cannot_share_an_address(manager: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.create_user("other", "MONA@example.org", PASSWORD)


def test_after_logging_out_the_session_is_over(client: Client, manager: User) -> None:
    client.force_login(manager)
    client.post("/accounts/logout/")
    assert client.get("/").status_code == 302
