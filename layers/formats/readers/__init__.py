"""One module per kind of file, each with ``read(job, sink)``; they run in the reading process only."""
