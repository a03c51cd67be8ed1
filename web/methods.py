"""Which methods only read (RFC 9110, section 9.2.1, without `TRACE`, which is not served)."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})
