"""One thread a process, unless the user says otherwise: parallelism is over claims (``-n``).

numpy, scipy and torch bring a pool of threads each; on cores that have other work, their threads wait for
each other (a certified lower bound of an eigenvalue, n = 2000, took 2.5 s in place of 0.16).
"""

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def one_thread() -> None:
    """Ask for one thread; to be called before a numerical library is imported, which counts cores then."""
    for variable in VARIABLES:
        os.environ.setdefault(variable, "1")
