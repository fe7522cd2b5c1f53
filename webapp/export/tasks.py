from celery import shared_task

from webapp.export.services import write_export


@shared_task(name="webapp.export.write_export")  # type: ignore[misc, unused-ignore]
def write_export_task(export_id: int) -> None:
    write_export(export_id)
