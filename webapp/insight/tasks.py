from celery import shared_task

from webapp.insight.services import measure


@shared_task(name="webapp.insight.measure")  # type: ignore[misc, unused-ignore]
def measure_task(measurement_id: int) -> None:
    measure(measurement_id)
