"""Records rounds of TRPO as PyTorch computes them, into ../data/trpo-updates.json.

    python3 test/conformance/record/trpo-updates.py        # PyTorch and nothing else; the same bytes every time

The file that is kept was written by PyTorch 1.13.0 (Debian 12, python3-torch 1.13.1+dfsg-4) and Python 3.11, one thread.

Weights and experience are drawn here and recorded, as float32 numbers; what is computed from them is float64. Advantages,
surrogate, conjugate gradient and line search are written from the papers' equations. Products with the Fisher information are
second derivatives of the mean KL divergence by autograd, differentiated twice: another way than the engine's, which goes
through the network forwards and backwards. test/conformance/pytorch-trpo.test.ts feeds the same to the agent and compares.
"""

import json
import math
from pathlib import Path

import torch

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
GENERATOR = torch.Generator()
STEPS, ENVIRONMENTS, INPUTS = 12, 2, 3
B = STEPS * ENVIRONMENTS
HIDDEN = [6, 5]


def f32(x):
    """The nearest float32 numbers, as float64."""
    return x.to(torch.float32).to(torch.float64)


def uniform(*shape, low=-1.0, high=1.0):
    return f32(low + (high - low) * torch.rand(*shape, generator=GENERATOR))


def normal(*shape):
    return f32(torch.randn(*shape, generator=GENERATOR))


def numbers(x):
    """Nine digits: as many as tell float32 numbers apart."""
    return [float(f"{v:.9g}") for v in x.detach().flatten().tolist()]


def draw_network(prefix, outputs):
    parameters, inputs = {}, INPUTS
    for module, width in enumerate([*HIDDEN, outputs]):
        parameters[f"{prefix}.{2 * module}.weight"] = uniform(width, inputs) * 1.5 / math.sqrt(inputs)
        parameters[f"{prefix}.{2 * module}.bias"] = uniform(width, low=-0.3, high=0.3)
        inputs = width
    return {name: f32(value).requires_grad_() for name, value in parameters.items()}


def run(parameters, prefix, x):
    layers = len(HIDDEN) + 1
    for module in range(layers):
        x = x @ parameters[f"{prefix}.{2 * module}.weight"].T + parameters[f"{prefix}.{2 * module}.bias"]
        if module < layers - 1:
            x = torch.tanh(x)
    return x


class Discrete:
    outputs = 3

    def parameters(self):
        return {}

    def draw(self, distribution):
        p = torch.exp(distribution)
        return torch.multinomial(p, 1, generator=GENERATOR).to(torch.float64)

    def distribution(self, parameters, x):
        return torch.log_softmax(run(parameters, "policy", x), dim=1)

    def log_probability(self, distribution, action):
        return distribution.gather(1, action.long()).squeeze(1)

    def entropy(self, distribution):
        return -(torch.exp(distribution) * distribution).sum(1)

    def divergence(self, old, new):
        return (torch.exp(old) * (old - new)).sum(1).mean()


class Box:
    outputs = 2

    def parameters(self):
        return {"policy.log_std": f32(torch.tensor([-0.3, 0.2])).requires_grad_()}

    def distribution(self, parameters, x):
        return run(parameters, "policy", x), parameters["policy.log_std"]

    def draw(self, distribution):
        mean, log_std = distribution
        return f32(mean.detach() + torch.exp(log_std.detach()) * normal(B, 2))

    def log_probability(self, distribution, action):
        mean, log_std = distribution
        z = (action - mean) / torch.exp(log_std)
        return (-0.5 * z * z - log_std - 0.5 * math.log(2 * math.pi)).sum(1)

    def entropy(self, distribution):
        return (distribution[1] + 0.5 * math.log(2 * math.pi * math.e)).sum().expand(B)

    def divergence(self, old, new):
        (mean, log_std), (other, other_log) = old, new
        spread = torch.exp(2 * log_std) + (mean - other) ** 2
        return (other_log - log_std + spread / (2 * torch.exp(2 * other_log)) - 0.5).sum(1).mean()


class StateDependentBox(Box):
    """Deviations are a function of the last hidden layer, which does not learn from it (Raffin et al. 2021)."""

    def parameters(self):
        return {"policy.log_std": uniform(HIDDEN[-1], 2, low=-1.0, high=0.0).requires_grad_()}

    def distribution(self, parameters, x):
        features = x
        for module in range(len(HIDDEN)):
            weight, bias = (parameters[f"policy.{2 * module}.{part}"] for part in ("weight", "bias"))
            features = torch.tanh(features @ weight.T + bias)
        variance = features.detach() ** 2 @ torch.exp(2 * parameters["policy.log_std"]) + 1e-6
        return run(parameters, "policy", x), torch.log(variance) / 2

    def entropy(self, distribution):
        return (distribution[1] + 0.5 * math.log(2 * math.pi * math.e)).sum(1)


def advantages(experience, value, next_value, discount, trace):
    """GAE, backwards; slot k = t E + e."""
    result = torch.zeros(B)
    for e in range(ENVIRONMENTS):
        following = 0.0
        for t in reversed(range(STEPS)):
            k = t * ENVIRONMENTS + e
            terminated, truncated = experience["terminated"][k], experience["truncated"][k]
            error = experience["reward"][k] + discount * (1 - terminated) * next_value[k] - value[k]
            if terminated or truncated:
                following = 0.0
            following = error + discount * trace * following
            result[k] = following
    return result


def flat(parts):
    return torch.cat([part.reshape(-1) for part in parts])


def conjugate_gradient(product, b, iterations):
    x = torch.zeros_like(b)
    residual, direction = b.clone(), b.clone()
    square = residual @ residual
    for _ in range(iterations):
        if square < 1e-10:
            break
        along = product(direction)
        length = square / (direction @ along)
        x = x + length * direction
        residual = residual - length * along
        following = residual @ residual
        direction = residual + following / square * direction
        square = following
    return x


def record(name, space, options, kind):
    settings = {
        "cgIterations": 15,
        "cgDamping": 0.1,
        "lineSearchSteps": 10,
        "lineSearchShrink": 0.8,
        "targetKl": 0.01,
        "entropyCoefficient": 0,
        "epochs": 3,
        "learningRate": 0.01,
        "discount": 0.9,
        **options,
    }
    trace = 0.8
    GENERATOR.manual_seed(7)
    policy = {**draw_network("policy", kind.outputs), **kind.parameters()}
    critic = draw_network("value", 1)
    observation, next_observation = normal(B, INPUTS), normal(B, INPUTS)
    ends = [(7, "terminated"), (10, "truncated"), (13, "truncated"), (20, "terminated")]
    with torch.no_grad():
        old = kind.distribution(policy, observation)
        action = kind.draw(old)
        old_log = f32(kind.log_probability(old, action))
        value = f32(run(critic, "value", observation).squeeze(1))
        next_value = run(critic, "value", next_observation).squeeze(1)
    experience = {
        "observation": numbers(observation),
        "nextObservation": numbers(next_observation),
        "action": numbers(action),
        "reward": numbers(normal(B)),
        "terminated": [1 if (k, "terminated") in ends else 0 for k in range(B)],
        "truncated": [1 if (k, "truncated") in ends else 0 for k in range(B)],
        "logProbability": numbers(old_log),
        "value": numbers(value),
    }
    before = {key: {"shape": list(p.shape), "data": numbers(p)} for key, p in {**policy, **critic}.items()}

    advantage = advantages(experience, value, next_value, settings["discount"], trace)
    returns = advantage + value
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)

    # --- the policy's step
    names = list(policy)

    def losses(parameters):
        distribution = kind.distribution(parameters, observation)
        ratio = torch.exp(kind.log_probability(distribution, action) - old_log)
        surrogate = -(ratio * advantage).mean()
        return surrogate, surrogate - settings["entropyCoefficient"] * kind.entropy(distribution).mean()

    _, loss = losses(policy)
    gradient = flat(torch.autograd.grad(loss, [policy[key] for key in names]))
    fixed = kind.distribution({key: p.detach() for key, p in policy.items()}, observation)
    divergence = kind.divergence(fixed, kind.distribution(policy, observation))
    slope = flat(torch.autograd.grad(divergence, [policy[key] for key in names], create_graph=True))

    def product(v):
        second = torch.autograd.grad(slope @ v, [policy[key] for key in names], retain_graph=True)
        return flat(second) + settings["cgDamping"] * v

    direction = conjugate_gradient(product, gradient, settings["cgIterations"])
    length = math.sqrt(2 * settings["targetKl"] / (direction @ product(direction)))
    accepted, tried = policy, []
    for _ in range(settings["lineSearchSteps"]):
        moved, start = {}, 0
        for key in names:
            size = policy[key].numel()
            moved[key] = (policy[key] - length * direction[start : start + size].reshape(policy[key].shape)).detach()
            start += size
        kl = kind.divergence(fixed, kind.distribution(moved, observation))
        better = losses(moved)[1] - loss
        # Neither decision hangs on a rounding.
        assert abs(better) > 1e-4 and abs(kl / settings["targetKl"] - 1) > 1e-3
        tried.append({"divergence": float(kl), "improvement": -float(better)})
        if kl <= settings["targetKl"] and better < 0:
            accepted = moved
            break
        length *= settings["lineSearchShrink"]
    surrogate, _ = losses(accepted)
    entropy = kind.entropy(kind.distribution(accepted, observation)).mean()

    # --- the value's epochs, each from the whole rollout
    optimizer = torch.optim.Adam(list(critic.values()), lr=settings["learningRate"])
    value_losses = []
    for _ in range(settings["epochs"]):
        loss = ((run(critic, "value", observation).squeeze(1) - returns) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        value_losses.append(float(loss))

    settings.update(
        environments=ENVIRONMENTS,
        rolloutSteps=STEPS,
        minibatches=1,
        advantage={"type": "gae", "lambda": trace},
        network={"hidden": HIDDEN, "activation": "tanh"},
    )
    return {
        "name": name,
        "space": space,
        "options": settings,
        "experience": experience,
        "weights": before,
        "tried": tried,
        "accepted": accepted is not policy,
        "policyLoss": float(surrogate),
        "entropy": float(entropy),
        "valueLosses": value_losses,
        "after": {key: numbers(p) for key, p in {**accepted, **critic}.items()},
    }


def main():
    # Fifteen iterations with little damping would amplify what float32 rounds away, on any machine.
    cases = [
        record("discrete actions", "discrete", {}, Discrete()),
        record(
            "a Box, with entropy", "box", {"entropyCoefficient": 0.02, "cgDamping": 0.05, "cgIterations": 6}, Box()
        ),
        record(
            "a wide region, shortened",
            "discrete",
            {"targetKl": 0.2, "cgDamping": 0.02, "cgIterations": 3, "lineSearchShrink": 0.6},
            Discrete(),
        ),
        record(
            "no length is short enough",
            "box",
            {"targetKl": 20, "cgDamping": 0.02, "cgIterations": 5, "lineSearchSteps": 2},
            Box(),
        ),
        record(
            "deviations of the state, with entropy",
            "box",
            {"entropyCoefficient": 0.02, "cgDamping": 0.05, "cgIterations": 6, "distribution": {"type": "gsde"}},
            StateDependentBox(),
        ),
    ]
    assert [case["accepted"] for case in cases] == [True, True, True, False, True] and len(cases[2]["tried"]) > 1
    source = f"PyTorch {torch.__version__}, float64: test/conformance/record/trpo-updates.py"
    path = Path(__file__).resolve().parent.parent / "data" / "trpo-updates.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{"source":{json.dumps(source)},"cases":[\n{lines}\n]}}\n')


main()
