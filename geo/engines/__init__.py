"""What the search for a plan is made with, whatever the plan is: HiGHS for exact models, random numbers for kernels."""

from __future__ import annotations

from geo.engines.chance_kernel import below, seeded, share
from geo.engines.highs import prepared, ran, solved
from geo.engines.model import Model
from geo.engines.transport_kernel import NEVER, shared_out

__all__ = ["NEVER", "Model", "below", "prepared", "ran", "seeded", "share", "shared_out", "solved"]
