"""
Agents that learn a policy from their own rollouts: A2C, REINFORCE, PPO and TRPO, acting and learning in a World. Networks are
torch.nn's, gradients autograd's, steps torch.optim's; the rest is written from the papers' equations.
"""

import math
import random

import torch
from torch.func import functional_call

from draws import MARGIN, Stream, f32
from rollouts import Normalizer, Rollout
from worlds import RUNNING, at, number, numbers

# --- networks ----------------------------------------------------------------------------------------------------------


def dense(inputs, hidden, outputs):
    layers = []
    for width in hidden:
        layers += [torch.nn.Linear(inputs, width), torch.nn.Tanh()]
        inputs = width
    return torch.nn.Sequential(*layers, torch.nn.Linear(inputs, outputs))


class ActorCritic(torch.nn.Module):
    """Two networks, or one whose last output is the value; before them a recurrent layer, where the policy remembers."""

    def __init__(self, case):
        super().__init__()
        inputs = case.world.states or case.world.size
        units, hidden = case.units, case.settings["network"]["hidden"]
        self.head, self.is_shared = case.head, case.settings["sharedNetwork"]
        self.policy = dense(units or inputs, hidden, case.head.outputs + self.is_shared)
        if case.head.log_std:
            self.policy.register_parameter("log_std", torch.nn.Parameter(torch.empty(case.head.log_std)))
        if not self.is_shared:
            self.value = dense(units or inputs, hidden, 1)
        if units:
            self.memory = torch.nn.GRU(inputs, units)
        draw = random.Random(case.name)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                bound = 1.5 / math.sqrt(parameter.shape[-1]) if "weight" in name else 0.3
                middle = -0.6 if "log_std" in name else 0
                few = [round(draw.uniform(middle - bound, middle + bound), 3) for _ in range(parameter.numel())]
                parameter.copy_(f32(few).reshape(parameter.shape))

    def forward(self, x, mask=None):
        """Distribution of actions, and value."""
        features = self.policy[:-1](x)
        output = self.policy[-1](features)
        if self.is_shared:
            output, value = output[:, :-1], output[:, -1]
        else:
            value = self.value(x).squeeze(1)
        return self.head.distribution(self, output, features, mask), value

    def remember(self, x, state):
        """The states after one step."""
        return self.memory(x.unsqueeze(0), state.unsqueeze(0))[0].squeeze(0)


class TensorflowRmsprop(torch.optim.Optimizer):
    """tf.compat.v1.train.RMSPropOptimizer: epsilon is added before the root is taken, and the mean square starts at 1."""

    def __init__(self, parameters, lr, alpha, eps):
        super().__init__(parameters, {"lr": lr, "alpha": alpha, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                square = self.state[p].setdefault("square", torch.ones_like(p))
                square.mul_(group["alpha"]).add_((1 - group["alpha"]) * p.grad**2)
                p.sub_(group["lr"] * p.grad / torch.sqrt(square + group["eps"]))


def make_optimizer(options, parameters):
    if options["type"] == "rmsprop":
        assert options["form"] == "tensorflow"
        return TensorflowRmsprop(parameters, 1.0, options["alpha"], options["epsilon"])
    assert options["type"] == "adam"
    return torch.optim.Adam(parameters, lr=1.0, eps=options.get("epsilon", 1e-8))


# --- agents ------------------------------------------------------------------------------------------------------------

POLICY = {
    "seed": 0,
    "totalSteps": 1_000_000,
    "rolloutSteps": 2048,
    "discount": 0.99,
    "valueCoefficient": 0.5,
    "entropyCoefficient": 0,
    "maxGradientNorm": 0.5,
    "network": {"hidden": [64, 64]},
    "sharedNetwork": False,
    "normalizeObservations": False,
    "normalizeRewards": False,
}

# As docs/agents/*.md give them, with their sources.
DEFAULTS = {
    "A2C": {
        **POLICY,
        "rolloutSteps": 5,
        "advantage": {"type": "gae", "lambda": 1},
        "normalizeAdvantages": False,
        "learningRate": 7e-4,
        "optimizer": {"type": "rmsprop", "form": "tensorflow", "alpha": 0.99, "epsilon": 1e-5},
    },
    "Reinforce": {
        **POLICY,
        "totalSteps": 100_000,
        "episodesPerUpdate": 1,
        "baseline": True,
        "advantage": {"type": "monte-carlo"},
        "normalizeAdvantages": True,
        "learningRate": 1e-3,
        "maxGradientNorm": None,
        "optimizer": {"type": "adam"},
    },
    "PPO": {
        **POLICY,
        "epochs": 10,
        "minibatches": 32,
        "advantage": {"type": "gae", "lambda": 0.95},
        "normalizeAdvantages": True,
        "clip": 0.2,
        "valueClip": None,
        "targetKl": None,
        "learningRate": 3e-4,
        "optimizer": {"type": "adam", "epsilon": 1e-5},
    },
    "TRPO": {
        **POLICY,
        "targetKl": 0.01,
        "cgIterations": 15,
        "cgDamping": 0.1,
        "lineSearchSteps": 10,
        "lineSearchShrink": 0.8,
        "fisherSubsampling": 1,
        "epochs": 10,
        "minibatches": 16,
        "advantage": {"type": "gae", "lambda": 0.95},
        "normalizeAdvantages": True,
        "valueCoefficient": 1,
        "learningRate": 1e-3,
        "maxGradientNorm": None,
        "optimizer": {"type": "adam"},
    },
}


def standardized(x):
    return x if len(x) < 2 else (x - x.mean()) / (x.std() + 1e-8)


class PolicyAgent:
    def __init__(self, agent, name, head, world, options, masks=None):
        self.agent, self.name, self.head, self.world, self.masks = agent, name, head, world, masks
        self.settings = {**DEFAULTS[agent], **options}
        recurrent = self.settings.get("recurrent")
        self.units = recurrent["units"] if recurrent else 0
        self.sequence_steps = recurrent["sequenceSteps"] if recurrent else 1
        self.model = ActorCritic(self)
        self.parameters = dict(self.model.named_parameters())
        self.optimizer = make_optimizer(self.settings["optimizer"], list(self.parameters.values()))
        self.exploration = Stream(self.settings["seed"], "exploration")
        self.shuffling = Stream(self.settings["seed"], "minibatches")
        self.normalizer = Normalizer(world.size, world.environments, self.settings)
        self.carried = torch.zeros(world.environments, self.units)
        self.env_steps = self.updates = 0
        self.actions, self.moments = [], []
        # What happened that does not happen always.
        self.shown = set()

    def record(self):
        before = {name: {"shape": list(p.shape), "data": numbers(p)} for name, p in self.parameters.items()}
        rollout = Rollout(self.world.environments)
        learn = {"A2C": self.whole, "Reinforce": self.whole, "PPO": self.ppo, "TRPO": self.trpo}[self.agent]
        for t in range(self.world.steps):
            self.step(t, rollout)
            if self.is_complete(rollout):
                rollout.close(self.model, self.settings)
                learn(rollout)
                rollout = Rollout(self.world.environments)
        return {
            "action": self.head.space(),
            "masks": self.masks,
            "weights": before,
            "actions": self.actions,
            "moments": self.moments,
            "answers": self.answers(),
        }

    @torch.no_grad()
    def step(self, t, rollout):
        world = self.world
        E = range(world.environments)
        shown = self.inputs([world.observation[e][t] for e in E])
        x = self.normalizer.see(shown)
        states = self.model.remember(x, self.carried) if self.units else None
        mask = None if self.masks is None else torch.tensor(self.masks[t], dtype=torch.float64)
        distribution, value = self.model(x if states is None else states, mask)
        drawn = [self.head.draw(self.exploration, distribution, e, rollout) for e in E]
        log_probability = self.head.log_probability(distribution, torch.tensor(drawn))
        ended = torch.tensor([world.end[e][t] != RUNNING for e in E])
        self.normalizer.include_observations(shown)
        following = self.normalizer.see(self.inputs([world.next(e, t) for e in E]))
        reward = self.normalizer.scale(f32([world.reward[e][t] for e in E]), ended)
        for e in E:
            rollout.add(
                observation=x[e],
                next=following[e],
                action=drawn[e],
                log_probability=log_probability[e],
                value=value[e],
                reward=reward[e],
                end=world.end[e][t],
                mask=None if mask is None else mask[e],
                state=self.carried[e] if self.units else None,
            )
        if self.units:
            self.carried = states * ~ended.unsqueeze(1)
        self.actions.append([self.head.given(action) for action in drawn])
        bounds = enumerate(getattr(self.head, "high", []))
        if any(action[i] == bound for i, bound in bounds for action in self.actions[-1]):
            self.shown.add("action cut off")
        self.env_steps += world.environments

    def inputs(self, observations):
        if not self.world.states:
            return f32(observations)
        return torch.nn.functional.one_hot(torch.tensor(observations), self.world.states).to(torch.float64)

    def is_complete(self, rollout):
        s = self.settings
        if len(rollout.slots) == s["rolloutSteps"] * self.world.environments:
            return True
        ends = [slot["end"] != RUNNING for slot in rollout.slots]
        return self.agent == "Reinforce" and ends[-1] and sum(ends) >= s["episodesPerUpdate"]

    def now(self, name):
        return at(self.settings[name], self.env_steps, self.settings["totalSteps"])

    def learn_from(self, rollout, rows, surrogate):
        """The policy's loss, which `surrogate` makes of log-probabilities and advantages, the value's, and the mean entropy."""
        advantage = rollout.advantage[rows]
        if self.settings["normalizeAdvantages"]:
            advantage = standardized(advantage)
        mask = None if rollout.mask is None else rollout.mask[rows]
        distribution, value = self.model(rollout.see(self.model, rows, self.sequence_steps), mask)
        action = rollout.action[rows]
        policy_loss = surrogate(self.head.log_probability(distribution, action), advantage)
        return policy_loss, self.value_loss(rollout, rows, value), self.head.entropy(distribution, action).mean()

    def value_loss(self, rollout, rows, value):
        target, old = rollout.returns[rows], rollout.value[rows]
        clip = self.settings.get("valueClip")
        if clip is None:
            return ((value - target) ** 2).mean()
        clip = self.now("valueClip")
        limited = old + torch.clamp(value - old, -clip, clip)
        assert ((value - old).abs() - clip).abs().min() > MARGIN
        if ((limited - target) ** 2 > (value - target) ** 2).any():
            self.shown.add("value clipped")
        return torch.maximum((value - target) ** 2, (limited - target) ** 2).mean()

    def descend(self, policy_loss, value_loss, entropy, more=None, learns_value=True):
        s = self.settings
        loss = policy_loss - self.now("entropyCoefficient") * entropy
        if learns_value:
            loss = loss + s["valueCoefficient"] * value_loss
        self.optimizer.zero_grad()
        loss.backward()
        norm = self.take_step(self.parameters)
        self.keep(policy_loss, value_loss, entropy, norm, more)

    def take_step(self, parameters):
        limit = self.settings["maxGradientNorm"]
        moved = [p for p in parameters.values() if p.grad is not None]
        norm = None if limit is None else torch.nn.utils.clip_grad_norm_(moved, limit)
        for group in self.optimizer.param_groups:
            group["lr"] = self.now("learningRate")
        self.optimizer.step()
        self.updates += 1
        return norm

    def keep(self, policy_loss, value_loss, entropy, norm, more):
        loss = policy_loss + self.settings["valueCoefficient"] * value_loss - self.now("entropyCoefficient") * entropy
        metrics = {"loss": loss, "policyLoss": policy_loss, "valueLoss": value_loss, "entropy": entropy}
        metrics.update(gradientNorm=norm, learningRate=self.now("learningRate"), **(more or {}))
        self.moments.append(
            {
                "steps": self.env_steps,
                "updates": self.updates,
                "metrics": {name: None if value is None else number(value) for name, value in metrics.items()},
                "weights": {name: numbers(p) for name, p in self.parameters.items()},
            }
        )

    # --- A2C (Mnih et al. 2016) and REINFORCE (Williams 1992): one step from the whole rollout ---------------------------

    def whole(self, rollout):
        learns_value = self.settings.get("baseline", True)
        rows = list(range(len(rollout.slots)))
        plain = lambda log_probability, advantage: -(advantage * log_probability).mean()
        losses = list(self.learn_from(rollout, rows, plain))
        if not learns_value:
            losses[1] = torch.zeros(())
        self.descend(*losses, learns_value=learns_value)

    # --- PPO (Schulman et al. 2017) --------------------------------------------------------------------------------------

    def minibatches(self, count):
        """Slots of a new epoch's parts: a random order of all slots, or of all sequences, cut up; what is left sits out."""
        E, L = self.world.environments, self.sequence_steps
        order = self.shuffling.permutation(count // L)
        size = len(order) // self.settings["minibatches"]
        for first in range(0, size * self.settings["minibatches"], size):
            part = order[first : first + size]
            # Sequence q is environment q mod E's, its part q // E.
            yield [((q // E) * L + t) * E + q % E if L > 1 else q for t in range(L) for q in part]

    def ppo(self, rollout):
        for _ in range(self.settings["epochs"]):
            for rows in self.minibatches(len(rollout.slots)):
                if not self.update_ppo(rollout, rows):
                    self.shown.add("round ended")
                    return
        self.shown.add("round completed")

    def update_ppo(self, rollout, rows):
        clip = self.now("clip")
        target_kl = self.settings["targetKl"]
        more = {}

        def clipped(log_probability, advantage):
            """Equation 7."""
            change = log_probability - rollout.log_probability[rows]
            ratio = change.exp()
            assert ((ratio - 1).abs() - clip).abs().min() > MARGIN
            more["approximateKl"] = (ratio - 1 - change).mean()
            more["clipFraction"] = ((ratio - 1).abs() > clip).to(torch.float64).mean()
            limited = torch.clamp(ratio, 1 - clip, 1 + clip) * advantage
            if (limited < ratio * advantage).any():
                self.shown.add("ratio clipped")
            return -torch.minimum(ratio * advantage, limited).mean()

        losses = self.learn_from(rollout, rows, clipped)
        if target_kl is not None:
            assert abs(more["approximateKl"] / (1.5 * target_kl) - 1) > 1e-3
            if more["approximateKl"] > 1.5 * target_kl:
                return False
        self.descend(*losses, more)
        return True

    # --- TRPO (Schulman et al. 2015) -------------------------------------------------------------------------------------

    def trpo(self, rollout):
        order = self.shuffling.permutation(len(rollout.slots))
        step = self.natural_step(rollout, order)
        value = {name: p for name, p in self.parameters.items() if name.startswith("value.")}
        for _ in range(self.settings["epochs"]):
            for rows in self.minibatches(len(rollout.slots)):
                loss = self.value_loss(rollout, rows, self.model(rollout.observation[rows])[1])
                self.optimizer.zero_grad()
                (self.settings["valueCoefficient"] * loss).backward()
                for name, p in self.parameters.items():
                    p.grad = p.grad if name in value else None
                self.keep(step["policy"], loss, step["entropy"], self.take_step(value), {"approximateKl": step["kl"]})

    def natural_step(self, rollout, order):
        s = self.settings
        advantage = rollout.advantage
        if s["normalizeAdvantages"]:
            advantage = standardized(advantage)
        before = {name: p.detach().clone().requires_grad_() for name, p in self.parameters.items()}
        names = [name for name in before if name.startswith("policy.")]

        def policy(parameters, rows=slice(None)):
            mask = None if rollout.mask is None else rollout.mask[rows]
            return functional_call(self.model, parameters, (rollout.observation[rows], mask))[0]

        def losses(parameters):
            distribution = policy(parameters)
            change = self.head.log_probability(distribution, rollout.action) - rollout.log_probability
            loss = -(change.exp() * advantage).mean()
            entropy = self.head.entropy(distribution, rollout.action).mean()
            total = loss - self.now("entropyCoefficient") * entropy
            return total, {"policy": loss, "entropy": entropy, "kl": (change.exp() - 1 - change).mean()}

        def divergence(parameters, rows=slice(None)):
            with torch.no_grad():
                old = policy(before, rows)
            return self.head.divergence(old, policy(parameters, rows)).mean()

        loss, unmoved = losses(before)
        gradient = torch.cat([g.flatten() for g in torch.autograd.grad(loss, [before[name] for name in names])])
        # The Fisher information is the divergence's second derivative: products with it are gradients of gradients.
        sampled = order[: len(order) // s["fisherSubsampling"]]
        slope = torch.autograd.grad(divergence(before, sampled), [before[name] for name in names], create_graph=True)
        slope = torch.cat([g.flatten() for g in slope])

        def product(v):
            second = torch.autograd.grad(slope @ v, [before[name] for name in names], retain_graph=True)
            return torch.cat([g.flatten() for g in second]) + s["cgDamping"] * v

        direction = conjugate_gradient(product, gradient, s["cgIterations"])
        length = math.sqrt(2 * s["targetKl"] / (direction @ product(direction)))
        for _ in range(s["lineSearchSteps"]):
            parts = direction.split([before[name].numel() for name in names])
            moved = {name: before[name] - length * part.reshape_as(before[name]) for name, part in zip(names, parts)}
            moved = {name: p.detach() for name, p in {**before, **moved}.items()}
            (total, found), kl = losses(moved), divergence(moved)
            # Neither decision hangs on a rounding.
            assert abs(total - loss) > 1e-4 and abs(kl / s["targetKl"] - 1) > 1e-3
            if total < loss and kl <= s["targetKl"]:
                with torch.no_grad():
                    for name in names:
                        self.parameters[name].copy_(moved[name])
                return {name: value.detach() for name, value in found.items()}
            length *= s["lineSearchShrink"]
            self.shown.add("length shortened")
        return {name: value.detach() for name, value in unmoved.items()}

    @torch.no_grad()
    def answers(self):
        """What the agent says of observations when all is learned; of those that need no memory."""
        if self.units:
            return []
        observations = [self.world.observation[0][t] for t in range(3)]
        answers = []
        for observation in observations:
            distribution, value = self.model(self.normalizer.see(self.inputs([observation])))
            answers.append({"observation": observation, "value": numbers(value), **self.head.describe(distribution)})
        return answers


def conjugate_gradient(product, b, iterations):
    """Hestenes & Stiefel 1952."""
    x, residual = torch.zeros_like(b), b.clone()
    direction, square = b.clone(), b @ b
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
