"""Reading what people bring.

`python -m webapp.volumes.importing` reads one file in a process of its own, whose memory, time and output
are limited, because a file may be damaged or made to do harm. It knows neither the database nor the users:
`webapp.volumes.reading` starts it and listens.
"""
