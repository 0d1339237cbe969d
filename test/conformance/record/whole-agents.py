"""Records whole agents as PyTorch computes them, into ../data/whole-agents.json.

    python3 test/conformance/record/whole-agents.py        # PyTorch and nothing else; the same bytes every time

The file that is kept was written by PyTorch 2.13.0 (CPU) and Python 3.11, one thread.

An agent of every kind lives through a world whose observations, rewards and ends are written down (worlds.py). It draws its
actions, batches, orders and noise from the random streams that the agents have (draws.py), and learns as the papers say:
policies.py (with distributions.py and rollouts.py), values.py and tables.py. Networks, distributions, gradients and optimizers
are PyTorch's, in float64. Recorded are the actions, and after every update the metrics and the weights.
test/conformance/whole-agents.test.ts puts the agents into the same worlds with the same first weights, and compares.
"""

import json
import platform
from importlib import import_module
from pathlib import Path

import torch

from distributions import Bits, Choices, Gaussian, StateNoise
from policies import PolicyAgent
from tables import Table
from values import ValueAgent
from worlds import TERMINATED, TRUNCATED, World

updates = import_module("agent-updates")
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def policy(agent, name, head, world, options, masks=None, shows=()):
    """Options left out are the agent's defaults. shows: what has to happen for the case to be worth something."""
    options = {"network": {"hidden": [5, 4]}, **options}
    made = PolicyAgent(agent, name, head, world, options, masks)
    made.must_show = set(shows)
    return {"name": name, "agent": agent, "options": options}, made


def value(agent, name, world, options, compute_loss=None, **settings):
    settings = {"hidden": (5, 4), "max_gradient_norm": 0.5, "target_interval": 2, "tau": 0.5, **settings}
    common = {
        "seed": len(name),
        "totalSteps": 40,
        "epsilon": {"type": "linear", "from": 0.6, "to": 0.2, "fraction": 0.5},
        "optimizer": {"type": "radam" if agent == "PQN" else "adam", "epsilon": settings.get("epsilon", 1e-8)},
    }
    replay = {
        "batchSize": 5,
        "capacity": 16,
        "warmupSteps": 6,
        "trainIntervalSteps": 3,
        "targetIntervalUpdates": settings["target_interval"],
        "tau": settings["tau"],
    }
    options = {**common, **({} if agent == "PQN" else replay), **options}
    made = ValueAgent(agent, name, world, options, compute_loss, **settings)
    return {"name": name, "agent": agent, "options": made.settings}, made


def table(agent, name, options):
    ends = {(6, 0): TERMINATED, (11, 0): TRUNCATED, (12, 0): TRUNCATED, (20, 0): TERMINATED}
    world = World(41, 30, 1, ends, states=4)
    return {"name": name, "agent": agent, "options": options}, Table(agent, world, 3, options)


# Episodes that terminate, are truncated, end together, within a rollout and with it, and after one step.
PAIR_ENDS = {
    (3, 0): TERMINATED,
    (4, 1): TRUNCATED,
    (7, 0): TRUNCATED,
    (7, 1): TERMINATED,
    (11, 0): TERMINATED,
    (12, 0): TRUNCATED,
    (17, 1): TERMINATED,
    (21, 1): TRUNCATED,
}
EPISODES = {(4, 0): TERMINATED, (9, 0): TRUNCATED, (10, 0): TERMINATED, (16, 0): TRUNCATED, (23, 0): TERMINATED}
VALUE_ENDS = {(5, 0): TERMINATED, (11, 0): TRUNCATED, (12, 0): TERMINATED, (22, 0): TRUNCATED}


def pair(seed, steps=24, size=3):
    return World(seed, steps, size, PAIR_ENDS, environments=2)


def alone(seed, steps=24, size=3, ends=EPISODES):
    return World(seed, steps, size, ends)


def masks_of(world, counts, seed):
    """[T][E][options] 0 or 1, at least one of every choice."""
    draw = torch.Generator().manual_seed(seed)

    def one():
        bits = []
        for n in counts:
            part = (torch.rand(n, generator=draw) < 0.6).int()
            part[int(torch.randint(n, (1,), generator=draw))] = 1
            bits += part.tolist()
        return bits

    return [[one() for _ in range(world.environments)] for _ in range(world.steps)]


def cases():
    """At least one for every agent of the library (the test fails for an agent without), more for what it can be besides."""
    yield policy("A2C", "A2C", Choices(3), pair(1, 25), {"seed": 1, "entropyCoefficient": 0.01, "learningRate": 0.01})
    yield policy(
        "A2C",
        "A2C of one network with squashed actions, deviations by state and normalised two-step advantages",
        Gaussian([-2, -1], [2, 3], squashed=True, per_state=True),
        pair(2),
        {
            "seed": 2,
            "rolloutSteps": 6,
            "discount": 0.9,
            "advantage": {"type": "n-step", "steps": 2},
            "normalizeAdvantages": True,
            "entropyCoefficient": 0.05,
            "learningRate": {"type": "linear", "from": 0.02, "to": 0.01},
            "totalSteps": 60,
            "maxGradientNorm": 0.8,
            "sharedNetwork": True,
            "distribution": {"type": "gaussian", "stateDependent": True, "squashed": True},
        },
    )
    yield policy(
        "A2C",
        "A2C with normalised observations and rewards",
        Choices(3),
        pair(23, 25),
        {"seed": 23, "normalizeObservations": True, "normalizeRewards": True, "learningRate": 0.01},
    )
    yield policy(
        "Reinforce", "REINFORCE", Choices(3), alone(3), {"seed": 3, "learningRate": 0.01, "maxGradientNorm": 0.6}
    )
    yield policy(
        "Reinforce",
        "REINFORCE of bits and numbered states, without a baseline, from two episodes or seven steps",
        Bits(3),
        World(4, 24, 1, EPISODES, states=4),
        {
            "seed": 4,
            "baseline": False,
            "episodesPerUpdate": 2,
            "rolloutSteps": 7,
            "discount": 0.9,
            "entropyCoefficient": 0.02,
            "learningRate": 0.02,
        },
    )
    yield policy(
        "PPO",
        "PPO with clipped values, rounds that the divergence ends and a transition left over",
        Choices(3),
        pair(5),
        {
            "seed": 5,
            "rolloutSteps": 8,
            "epochs": 4,
            "minibatches": 3,
            "discount": 0.95,
            "valueClip": 0.1,
            "targetKl": 0.01,
            "entropyCoefficient": 0.01,
            "learningRate": 0.02,
        },
        shows=["value clipped", "ratio clipped", "round ended", "round completed"],
    )
    yield policy(
        "PPO",
        "PPO in a Box with falling learning rate and clip range",
        Gaussian([-1, -0.5], [1, 0.5]),
        pair(6),
        {
            "seed": 6,
            "rolloutSteps": 12,
            "epochs": 3,
            "minibatches": 2,
            "clip": {"type": "linear", "from": 0.1, "to": 0.05},
            "entropyCoefficient": 0.01,
            "learningRate": {"type": "linear", "from": 0.02, "to": 0},
            "totalSteps": 60,
        },
        shows=["action cut off", "ratio clipped"],
    )
    yield policy(
        "PPO",
        "PPO with a memory",
        Choices(3),
        pair(7),
        {
            "seed": 7,
            "rolloutSteps": 8,
            "epochs": 2,
            "minibatches": 2,
            "learningRate": 0.02,
            "recurrent": {"type": "gru", "units": 4, "sequenceSteps": 4},
        },
    )
    yield policy(
        "PPO",
        "PPO of two choices with masks",
        Choices(3, 2),
        (world := pair(8)),
        {
            "seed": 8,
            "rolloutSteps": 12,
            "epochs": 2,
            "minibatches": 2,
            "entropyCoefficient": 0.02,
            "learningRate": 0.02,
        },
        masks_of(world, (3, 2), 8),
    )
    yield policy(
        "PPO",
        "PPO with exploration by state",
        StateNoise([-1, -1], [1, 1], features=4, period=3),
        pair(9),
        {
            "seed": 9,
            "rolloutSteps": 8,
            "epochs": 2,
            "minibatches": 2,
            "learningRate": 0.02,
            "distribution": {"type": "gsde", "sampleEverySteps": 3},
        },
    )
    yield policy(
        "TRPO",
        "TRPO",
        Choices(3),
        pair(10),
        {"seed": 10, "rolloutSteps": 12, "epochs": 2, "minibatches": 3, "cgIterations": 6, "learningRate": 0.02},
    )
    yield policy(
        "TRPO",
        "TRPO in a Box with entropy, and products from half of the transitions",
        Gaussian([-1, -0.5], [1, 0.5]),
        pair(11),
        {
            "seed": 11,
            "rolloutSteps": 12,
            "epochs": 2,
            "minibatches": 2,
            "cgIterations": 4,
            "cgDamping": 0.05,
            "entropyCoefficient": 0.02,
            "fisherSubsampling": 2,
            "learningRate": 0.02,
            "lineSearchShrink": 0.6,
            "maxGradientNorm": 0.3,
            "targetKl": 1,
        },
        shows=["length shortened"],
    )
    yield value(
        "PQN",
        "PQN",
        pair(12, 16, 4),
        {"environments": 2, "rolloutSteps": 8, "epochs": 2, "minibatches": 3, "lambda": 0.65},
        trace=0.65,
        environments=2,
        rollout_steps=8,
        layer_norm=True,
    )
    yield value("DQN", "DQN", alone(13, 30, 4, VALUE_ENDS), {"loss": "mse"}, updates.expected_loss, loss="mse")
    yield value(
        "DQN",
        "double dueling DQN over three steps with Boltzmann exploration",
        alone(14, 30, 4, VALUE_ENDS),
        {"double": True, "dueling": True, "nStep": 3, "loss": "huber", "boltzmann": 0.5, "epsilon": 0},
        updates.expected_loss,
        double=True,
        dueling=True,
        n_step=3,
    )
    yield value(
        "C51",
        "C51",
        alone(15, 30, 4, VALUE_ENDS),
        {"distribution": updates.C51},
        updates.categorical_loss,
        **updates.C51_SETTINGS,
    )
    yield value(
        "QRDQN",
        "QR-DQN",
        alone(16, 30, 4, VALUE_ENDS),
        {"distribution": {"type": "quantile", "quantiles": 4, "kappa": 1}},
        updates.quantile_loss,
        atoms=4,
        kappa=1.0,
    )
    # Actions are random: which fractions those that are not are made of is no part of the algorithm.
    yield value(
        "IQN",
        "IQN",
        alone(17, 30, 4, VALUE_ENDS),
        {"distribution": updates.IQN, "epsilon": 1},
        updates.quantile_loss,
        **updates.IQN_SETTINGS,
    )
    rainbow = {
        "distribution": updates.C51,
        "double": True,
        "dueling": True,
        "nStep": 3,
        "noisy": {"sigma": 0.5},
        "epsilon": 0,
        "replay": {
            "type": "proportional",
            "alpha": 0.5,
            "beta": {"type": "linear", "from": 0.4, "to": 1},
            "epsilon": 1e-6,
        },
    }
    yield value(
        "Rainbow",
        "Rainbow",
        alone(18, 30, 4, VALUE_ENDS),
        rainbow,
        updates.categorical_loss,
        double=True,
        dueling=True,
        n_step=3,
        noisy=True,
        prioritized=True,
        epsilon=1.5e-4,
        **updates.C51_SETTINGS,
    )
    yield value(
        "MunchausenDQN",
        "Munchausen-DQN",
        alone(19, 30, 4, VALUE_ENDS),
        {"munchausen": {"alpha": 0.9, "temperature": 0.3, "clip": -0.4}},
        updates.munchausen_loss,
        munchausen=True,
        alpha=0.9,
        temperature=0.3,
        clip=-0.4,
    )
    yield value(
        "BootstrappedDQN",
        "bootstrapped DQN",
        alone(20, 30, 4, VALUE_ENDS),
        {"ensemble": {"members": 3, "priorScale": 1.5}, "epsilon": 0.1},
        updates.ensemble_loss,
        ensemble=True,
        atoms=3,
        prior_scale=1.5,
    )
    yield table("QLearning", "Q-learning", {"seed": 21, "epsilon": 0.3, "discount": 0.9})
    yield table("Sarsa", "Sarsa", {"seed": 22, "epsilon": 0.3, "initialValue": 0.5, "stepSize": 0.4})


def main():
    recorded = []
    for case, agent in cases():
        world = agent.world
        own = {"environments": world.environments, "observation": world.space(), "world": world.record()}
        recorded.append({**case, **own, **agent.record()})
        missed = getattr(agent, "must_show", set()) - getattr(agent, "shown", set())
        assert not missed, f"{case['name']}: expected to happen: {missed}"
    source = f"PyTorch {torch.__version__}, Python {platform.python_version()}: test/conformance/record/whole-agents.py"
    path = Path(__file__).resolve().parent.parent / "data" / "whole-agents.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in recorded)
    path.write_text(f'{{"source":{json.dumps(source)},"cases":[\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
