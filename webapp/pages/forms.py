from django import forms

from webapp.projects.invitations import LONGEST_DAYS, MOST_USES
from webapp.projects.permissions import Role
from webapp.review.readings import MOST_READERS


class NewProjectForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name")


class MemberForm(forms.Form):
    person = forms.CharField(max_length=254, label="User name or e-mail")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.ANNOTATOR)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)


class InvitationForm(forms.Form):
    role = forms.ChoiceField(choices=Role.choices)
    days = forms.IntegerField(min_value=1, max_value=LONGEST_DAYS)
    uses = forms.IntegerField(min_value=1, max_value=MOST_USES)


class ReadersForm(forms.Form):
    readers = forms.IntegerField(min_value=1, max_value=MOST_READERS)
    blinded = forms.BooleanField(required=False)
