from celery import shared_task

from webapp.volumes.services import import_upload


@shared_task(name="webapp.volumes.import_upload")  # type: ignore[misc, unused-ignore]
def import_upload_task(upload_id: int) -> None:
    import_upload(upload_id)
