"""The way in by invitation: the page behind the link, and who may make an account."""

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from webapp.errors import DomainError
from webapp.projects import invitations
from webapp.projects.models import Membership

KEPT_IN_SESSION = "invitation"


class InvitedSignupAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Only who opened an invitation makes an account, unless the installation is open to all."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether the sign-up form is shown and taken from this visitor."""
        return settings.OPEN_SIGNUP or _is_invited(request)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """The page of an invitation: who is logged in accepts here, anybody else comes back to it after logging in."""
    if request.method == "POST" and request.user.is_authenticated:
        project = invitations.accept(request.user, secret)
        request.session.pop(KEPT_IN_SESSION, None)
        return redirect("project", project.pk)
    invitation = invitations.invitation_with(secret)
    if not request.user.is_authenticated:
        request.session[KEPT_IN_SESSION] = secret
    elif Membership.objects.filter(project=invitation.project, user=request.user).exists():
        return redirect("project", invitation.project_id)
    return render(request, "join.html", {"invitation": invitation})


def _is_invited(request: HttpRequest) -> bool:
    secret = request.session.get(KEPT_IN_SESSION)
    if not secret:
        return False
    try:
        invitations.invitation_with(secret)
    except DomainError:
        return False
    return True
