"""OpenCV's own run of Caffe's files, for a Python that has OpenCV 4 and not Portside: PROTOTXT CAFFEMODEL THREADS.

Lines in: `forward` (the answer alone) or `all` (every blob fetched); milliseconds out.
"""

from __future__ import annotations

import sys
import time


def main(arguments: list[str]) -> int:
    """Serve until the input ends."""
    import cv2
    import numpy as np

    if not cv2.__version__.startswith("4."):
        sys.exit(f"this is OpenCV {cv2.__version__}, wanted is 4")
    cv2.setNumThreads(int(arguments[2]))
    network = cv2.dnn.readNetFromCaffe(arguments[0], arguments[1])
    data = np.random.default_rng(0).uniform(-120, 130, (1, 3, 224, 224)).astype(np.float32)
    names = network.getLayerNames()
    for line in sys.stdin:
        network.setInput(data)
        start = time.perf_counter()
        if line.strip() == "all":
            network.forward(names)
        else:
            network.forward()
        print((time.perf_counter() - start) * 1e3, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
