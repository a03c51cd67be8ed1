"""Running jobs: `dispatcher` hands them to processes of their own, `worker` is such a process."""
