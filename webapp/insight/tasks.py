from celery import shared_task

from webapp.insight.consensus_services import make_consensus
from webapp.insight.services import measure


@shared_task(name="webapp.insight.measure")  # type: ignore[misc, unused-ignore]
def measure_task(measurement_id: int) -> None:
    measure(measurement_id)


@shared_task(name="webapp.insight.consensus")  # type: ignore[misc, unused-ignore]
def consensus_task(consensus_id: int) -> None:
    make_consensus(consensus_id)
