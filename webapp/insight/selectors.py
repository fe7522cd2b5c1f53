"""What is read of stored measurements."""

from django.db.models import Max

from webapp.insight.models import Measurement, MeasurementKind, MeasurementState


def newest_of(kind: MeasurementKind, project_id: int) -> list[Measurement]:
    """The results of a kind for the newest revision of each annotation of a project that has one."""
    done = Measurement.objects.filter(kind=kind, state=MeasurementState.DONE, second__case__project_id=project_id)
    newest = done.values("second").annotate(newest=Max("id")).values("newest")
    return list(Measurement.objects.filter(pk__in=newest).select_related("second__case"))
