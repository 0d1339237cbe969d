"""
Agents that learn values, acting and learning in a World: the family of DQN with its replay, and PQN from rollouts. Networks and
losses are those of agent-updates.py; here is the whole loop around them, with everything that is random drawn as agents draw.
"""

from importlib import import_module

import torch

from draws import MARGIN, Stream, f32
from worlds import RUNNING, TERMINATED, TRUNCATED, at, number, numbers

updates = import_module("agent-updates")


def best(values):
    """The first of the largest."""
    order = values.sort(descending=True).values
    assert order[0] - order[1] > MARGIN, "a choice that a rounding could turn: take another seed"
    return int(values.argmax())


class ValueAgent:
    def __init__(self, agent, name, world, options, compute_loss=None, **settings):
        """options: beside those of Case; settings: Case's own"""
        updates.GENERATOR.manual_seed(sum(name.encode()))
        self.agent, self.name, self.world = agent, name, world
        self.case = updates.Case(name, agent, options, compute_loss, observations=world.size, **settings)
        self.settings = self.case.options
        kind = updates.DenseNetwork
        if self.case.implicit:
            kind = updates.ImplicitQuantileNetwork
        elif self.case.ensemble:
            kind = updates.EnsembleNetwork
        self.network = kind(self.case)
        few = lambda parameters: {key: f32((p * 1000).round() / 1000) for key, p in parameters.items()}
        self.online = {key: p.requires_grad_() for key, p in few(self.network.parameters).items()}
        self.target = {key: p.detach().clone() for key, p in self.online.items()}
        self.fixed = {}
        if self.case.ensemble:
            self.fixed = self.network.fixed = few(self.network.fixed)
        self.optimizer = self.make_optimizer(list(self.online.values()))
        seed = self.settings["seed"]
        self.exploration = Stream(seed, "exploration")
        self.sampling = Stream(seed, "replay")
        self.noise = Stream(seed, "noise")
        self.shuffling = Stream(seed, "minibatches")
        self.env_steps = self.updates = 0
        self.actions, self.moments = [], []

    def make_optimizer(self, parameters):
        kind = torch.optim.RAdam if self.agent == "PQN" else torch.optim.Adam
        return kind(parameters, lr=self.case.learning_rate, eps=self.case.epsilon)

    def record(self):
        start = {key: {"shape": list(p.shape), "data": numbers(p)} for key, p in {**self.online, **self.fixed}.items()}
        (self.play_rollouts if self.agent == "PQN" else self.play)()
        return {
            "action": {"kind": "discrete", "n": self.case.actions, "start": 0},
            "weights": start,
            "actions": self.actions,
            "moments": self.moments,
            "answers": self.answers(),
        }

    def now(self, name):
        return at(self.settings.get(name, 0), self.env_steps, self.settings.get("totalSteps", 50_000))

    # --- the family of DQN -----------------------------------------------------------------------------------------------

    def play(self):
        s, case = self.settings, self.case
        self.memory, self.stored = [], 0
        # Schaul et al. 2016, section 3.3: new transitions get the largest priority so far.
        self.priorities, self.largest = [], 1.0
        self.draw_member()
        windows = []
        for t in range(self.world.steps):
            observation = f32(self.world.observation[0][t])
            action = self.act(observation)
            self.actions.append([action])
            end = self.world.end[0][t]
            windows.append({"observation": observation, "action": action, "reward": 0.0, "discount": 1.0})
            for window in windows:
                window["reward"] += window["discount"] * self.world.reward[0][t]
                window["discount"] *= case.discount
            while windows and (end != RUNNING or len(windows) == case.n_step):
                ends = {"next": f32(self.world.next(0, t)), **({"discount": 0.0} if end == TERMINATED else {})}
                self.store({**windows.pop(0), **ends})
            self.env_steps += 1
            if end != RUNNING:
                self.draw_member()
            ready = self.env_steps >= s["warmupSteps"] and len(self.memory) >= s["batchSize"]
            if ready and self.env_steps % s["trainIntervalSteps"] == 0:
                self.learn()
        assert not case.munchausen or case.clipped, "the clip must hold for some rows, and not for others"

    def draw_member(self):
        """Which value function explores an episode (Osband et al. 2016)."""
        if self.case.ensemble:
            self.member = self.noise.index(self.case.atoms)

    def act(self, observation):
        is_random = self.exploration.uniform() < self.now("epsilon")
        if is_random or self.env_steps < self.settings["warmupSteps"]:
            return self.exploration.index(self.case.actions)
        assert not self.case.implicit, "fractions of acting are not drawn here"
        drawn = self.draw_noise() if self.case.noisy else None
        with torch.no_grad():
            output = self.network.forward(self.online, observation.unsqueeze(0), drawn)[0]
        values = output[:, self.member] if self.case.ensemble else self.expectation(output)
        if "boltzmann" not in self.settings:
            return best(values)
        return self.exploration.choice((values / self.now("boltzmann")).softmax(-1))

    def expectation(self, output):
        """[A, N] -> [A]"""
        if self.settings.get("distribution", {}).get("type") != "categorical":
            return output.mean(-1)
        return (output.softmax(-1) * torch.linspace(self.case.low, self.case.high, self.case.atoms)).sum(-1)

    def draw_noise(self):
        """f(e), f(x) = sign(x) sqrt(|x|), of every layer's inputs and outputs (Fortunato et al. 2018)."""
        squash = lambda e: f32(e.sign() * e.abs().sqrt())
        shapes = [self.online[f"{layer['dense']}.weight"].shape for layer in self.network.layers]
        return [{key: squash(self.noise.normals(n)) for key, n in (("inputs", i), ("outputs", o))} for o, i in shapes]

    def store(self, transition):
        slot = self.stored % self.settings["capacity"]
        if slot == len(self.memory):
            self.memory.append(None)
            self.priorities.append(None)
        self.memory[slot] = transition
        self.priorities[slot] = self.largest
        self.stored += 1

    def sample(self):
        """Slots and importance weights."""
        rows = self.settings["batchSize"]
        if not self.case.prioritized:
            return [self.sampling.index(len(self.memory)) for _ in range(rows)], torch.ones(rows)
        # One draw from each of as many equal shares of the priorities' sum (Schaul et al. 2016, appendix B.2.1).
        sums = torch.tensor(self.priorities).cumsum(0)
        slots = []
        for row in range(rows):
            mass = (row + self.sampling.uniform53()) * float(sums[-1]) / rows
            assert (sums - mass).abs().min() > 1e-9
            slots.append(int((sums > mass).nonzero()[0]))
        drawn = torch.tensor([self.priorities[slot] for slot in slots])
        beta = at(self.settings["replay"]["beta"], self.env_steps, self.settings["totalSteps"])
        return slots, f32((drawn.min() / drawn) ** beta)

    def learn(self):
        case = self.case
        slots, weight = self.sample()
        column = lambda key: torch.stack([torch.as_tensor(self.memory[slot][key]) for slot in slots])
        batch = {key: column(key) for key in ("observation", "next", "action")}
        batch.update({key: f32(column(key)) for key in ("reward", "discount")})

        def draw(count):
            if case.implicit:
                return self.noise.uniforms(len(slots), count)
            return self.draw_noise() if case.noisy else None

        many = getattr(case, "next_quantiles", 0)
        with torch.no_grad():
            selection = self.network.forward(self.online, batch["next"], draw(many)) if case.double else None
            of_target = draw(many)
            next_output = self.network.forward(self.target, batch["next"], of_target)
            policy = self.network.forward(self.target, batch["observation"], of_target) if case.munchausen else None
        of_online = draw(case.quantiles)
        output = self.network.forward(self.online, batch["observation"], of_online)
        fractions = of_online if case.implicit else None
        losses, errors, q = case.compute_loss(case, batch, output, next_output, selection, fractions, policy)
        self.descend((weight * losses).mean(), q)
        if self.updates % case.target_interval == 0:
            with torch.no_grad():
                for key, value in self.target.items():
                    value += case.tau * (self.online[key] - value)
        if case.prioritized:
            replay = self.settings["replay"]
            for slot, error in zip(slots, errors.tolist()):
                self.priorities[slot] = (error + replay["epsilon"]) ** replay["alpha"]
                self.largest = max(self.largest, self.priorities[slot])
        self.keep()

    def descend(self, loss, q):
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(list(self.online.values()), self.case.max_gradient_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = self.now("learningRate")
        self.optimizer.step()
        self.updates += 1
        self.found = {"loss": number(loss), "meanQ": number(q.mean()), "gradientNorm": number(norm)}

    def keep(self):
        metrics = {**self.found, "epsilon": self.now("epsilon"), "learningRate": self.now("learningRate")}
        if "boltzmann" in self.settings:
            metrics["temperature"] = self.now("boltzmann")
        weights = {key: numbers(p) for key, p in self.online.items()}
        self.moments.append({"steps": self.env_steps, "updates": self.updates, "metrics": metrics, "weights": weights})

    # --- PQN (Gallici et al. 2025) ---------------------------------------------------------------------------------------

    def play_rollouts(self):
        E, T = self.world.environments, self.settings["rolloutSteps"]
        slots = []
        for t in range(self.world.steps):
            x = f32([self.world.observation[e][t] for e in range(E)])
            with torch.no_grad():
                values = self.network.forward(self.online, x, None).squeeze(-1)
            self.actions.append([self.act_epsilon_greedy(values[e]) for e in range(E)])
            for e in range(E):
                end = self.world.end[e][t]
                slots.append((x[e], self.actions[-1][e], self.world.reward[e][t], f32(self.world.next(e, t)), end))
            self.env_steps += E
            if len(slots) == T * E:
                self.learn_rollout(slots)
                slots = []
        assert not slots, "the world should end with a round"

    def act_epsilon_greedy(self, values):
        if self.exploration.index(2**24) < self.now("epsilon") * 2**24:
            return self.exploration.index(self.case.actions)
        return best(values)

    def learn_rollout(self, slots):
        s = self.settings
        observation, action, reward, following, end = zip(*slots)
        observation, action, end = torch.stack(observation), torch.tensor(action), torch.tensor(end)
        experience = {"reward": f32(reward), "terminated": end == TERMINATED, "truncated": end == TRUNCATED}
        with torch.no_grad():
            next_max = self.network.forward(self.online, torch.stack(following), None).squeeze(-1).amax(-1)
            returns = updates.lambda_returns(self.case, experience, next_max)
        size = len(slots) // s["minibatches"]
        for _ in range(s["epochs"]):
            order = self.shuffling.permutation(len(slots))
            for turn in range(s["minibatches"]):
                rows = torch.tensor(order[turn * size : (turn + 1) * size])
                q = updates.taken(self.network.forward(self.online, observation[rows], None).squeeze(-1), action[rows])
                self.descend(((q - returns[rows]) ** 2).mean(), q)
                self.keep()

    @torch.no_grad()
    def answers(self):
        """Greedy values of observations when all is learned: without noise, by evenly spread fractions."""
        case, answers = self.case, []
        for t in range(3):
            observation = self.world.observation[0][t]
            drawn = None
            if case.implicit:
                n = self.settings["distribution"]["actingQuantiles"]
                drawn = ((torch.arange(n) + 0.5) / n).unsqueeze(0)
            elif case.noisy:
                drawn = [{key: torch.zeros_like(e) for key, e in layer.items()} for layer in self.draw_noise()]
            output = self.network.forward(self.online, f32(observation).unsqueeze(0), drawn)[0]
            answers.append({"observation": observation, "values": numbers(self.expectation(output))})
        return answers
