"""Run records and routes for the tests of the runs, without any training."""

import contextlib
import sys

from starlette.applications import Starlette
from starlette.testclient import TestClient

from odenets.explorer.running.routes import routes
from odenets.explorer.running.starting import Starter
from odenets.records import ParameterValue, Records

ENVIRONMENT = {"torch": "2.0"}
LM2 = {"scheme": "lm2", "spec": {"scheme": "lm2", "depth": 20}, "recipe": {"epochs": 5}, "data": "digits", "seed": 0}
ABOUT = {
    "stages": [3, 3, 3],
    "command": "odenets train lm2",
    "ranges": {"k": [[-1.0, 1.0]]},
    "two_step": {"k": [1.0, 0.0]},
}

# In place of `odenets`: a run of its own process, an epoch a moment; SIGINT ends it as it ends a training.
TRAINING = """
import sys, time
from odenets.records import Records
root = sys.argv[sys.argv.index("--runs") + 1]
with Records(root) as records:
    run = records.create({"scheme": "lm2", "recipe": {"epochs": 5}}, {}, "lm2-8-s0")
    try:
        for epoch in range(1000):
            records.log(run, epoch, {"test_error": 1.0})
            print("epoch", epoch, flush=True)
            time.sleep(0.05)
    except KeyboardInterrupt:
        records.finish(run, "interrupted", {})
        sys.exit("odenets: stopped, odenets train --resume continues")
"""


class Here:
    """In place of the pool: the job is done at once, in this process."""

    async def ask(self, job):
        return job[0](*job[1])


def quick(root):
    """A starter of that program."""
    return Starter(root, (sys.executable, "-c", TRAINING))


@contextlib.contextmanager
def visiting(root, read_only=False, starter=None):
    """A client of the routes alone."""
    starter = starter or quick(root)
    try:
        app = Starlette(routes=routes(root, read_only, starter))
        app.state.pool = Here()
        with TestClient(app) as client:
            yield client
    finally:
        starter.close()


def recorded(root, config=LM2, epochs=2, k=-0.5, status=None, name=None, metrics=None):
    """The id of a run with so many epochs, k of the second and third step of each stage."""
    with Records(root) as records:
        id = records.create(config, ENVIRONMENT, name)
        for epoch in range(epochs + 1):
            places = [(stage, step) for stage in range(3) for step in (1, 2)]
            learned = [ParameterValue(*place, "k", 0, k * epoch) for place in places]
            records.log(id, epoch, {"test_error": 10.0 - epoch, "train_loss": 1.0} | (metrics or {}), learned)
        if status:
            records.finish(id, status, {"epochs": epochs, "test_error": 10.0 - epochs, "seconds": 1.0, "parameters": 7})
    return id


def sentence(response):
    return response.json()["error"]["sentence"]
