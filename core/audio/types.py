"""Array types of the audio code."""

import numpy as np
import numpy.typing as npt

Wav = npt.NDArray[np.float32]  # [C, n], full scale is 1.0
Pcm = npt.NDArray[np.int32]  # [C, n], integers of a stated number of bits
