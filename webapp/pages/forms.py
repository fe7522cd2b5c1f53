from django import forms

from webapp.projects.permissions import Role


class NewProjectForm(forms.Form):
    name = forms.CharField(max_length=120, label="Name")


class MemberForm(forms.Form):
    person = forms.CharField(max_length=254, label="User name or e-mail")
    role = forms.ChoiceField(choices=Role.choices, initial=Role.ANNOTATOR)
