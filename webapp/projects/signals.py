"""What others may want to hear about a project. Sent after the commit, with ids only."""

from django.dispatch import Signal

labels_changed = Signal()  # project_id
membership_ended = Signal()  # project_id, user_id
