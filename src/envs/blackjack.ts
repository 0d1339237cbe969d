// Blackjack: draw cards towards 21 against a dealer who draws until 17; cards come from an endless deck.
//
//   observation  [player's sum, dealer's open card, usable ace]: 4 .. 31, 1 (ace) .. 10, 0 or 1
//   action       0 stick, 1 hit
//   reward       1 won, -1 lost, 0 drawn; 1.5 for winning with ace and ten when `natural` (and not `sab`)
//   start        two cards for the dealer, two for the player
//   end          terminated: the player sticks or goes over 21
//
// `sab` follows the rules of Sutton and Barto: ace and ten win against a dealer without ace and ten, for reward 1.
// `make("Blackjack-v1")` turns `sab` on.
// Source: Sutton and Barto, example 5.1; as in Gymnasium 1.3. The random draws for the pictured card are Gymnasium's too,
// because these draws advance the random stream.

import type { Pcg64 } from "../engine/random.ts";
import type { ResetResult, StepResult } from "../env.ts";
import { rejectUnknownOptions } from "../errors.ts";
import { type Discrete, discrete, type MultiDiscrete, multiDiscrete } from "../space.ts";
import { requireFlag } from "./require-flag.ts";
import { NO_INFO, type ResetSettings, SeededEnv } from "./seeded-env.ts";

const SUITS = ["♣", "♦", "♥", "♠"];
const FACES = ["J", "Q", "K"];

/** Options of Blackjack. */
export interface BlackjackOptions {
  /** True to pay 1.5 instead of 1 for winning with ace and ten. @defaultValue false */
  readonly natural?: boolean;
  /** True for the rules of Sutton and Barto; `natural` is then ignored. `make("Blackjack-v1")` sets true. @defaultValue false */
  readonly sab?: boolean;
}

/**
 * Draws cards towards 21 against a dealer who draws until 17.
 *
 * Observation: [player's sum, dealer's open card, usable ace]. Action: 0 stick, 1 hit. Id: "Blackjack-v1".
 */
export class Blackjack extends SeededEnv<readonly number[], number> {
  /** Names of the options that the constructor accepts. */
  static readonly optionNames: readonly string[] = ["natural", "sab"];
  readonly observationSpace: MultiDiscrete = multiDiscrete([32, 11, 2]);
  readonly actionSpace: Discrete = discrete(2);
  readonly #natural: boolean;
  readonly #suttonBarto: boolean;
  #player: number[] = [];
  #dealer: number[] = [];
  /** Look of the dealer's open card in pictures: index of the suit and, for a card that counts ten, index of the face. */
  #suit = 0;
  #face = 0;

  /** @throws TypeError, RangeError for an option that is unknown or no boolean */
  constructor(options: BlackjackOptions = {}) {
    super("Blackjack");
    rejectUnknownOptions("Blackjack", options, Blackjack.optionNames);
    this.#natural = requireFlag("Blackjack", "natural", options.natural, false);
    this.#suttonBarto = requireFlag("Blackjack", "sab", options.sab, false);
  }

  step(action: number): StepResult<readonly number[]> {
    this.requireDiscrete(action, 2);
    this.requireEpisode();
    let reward = 0;
    let terminated = true;
    if (action === 1) {
      this.#player.push(drawCard(this.random));
      terminated = sumOf(this.#player) > 21;
      reward = terminated ? -1 : 0;
    } else {
      while (sumOf(this.#dealer) < 17) this.#dealer.push(drawCard(this.random));
      reward = Math.sign(scoreOf(this.#player) - scoreOf(this.#dealer));
      if (this.#suttonBarto) {
        if (isNatural(this.#player) && !isNatural(this.#dealer)) reward = 1;
      } else if (this.#natural && isNatural(this.#player) && reward === 1) {
        reward = 1.5;
      }
    }
    return { observation: this.#observe(), reward, terminated, truncated: false, info: NO_INFO };
  }

  renderText(): string {
    if (!this.begun) return "no cards dealt";
    const open = this.#openCard();
    const hand = this.#player.map((card) => (card === 1 ? "A" : String(card))).join(" ");
    const ace = hasUsableAce(this.#player) ? ", usable ace" : "";
    return `dealer ${open}\nplayer ${hand}  (sum ${sumOf(this.#player)}${ace})`;
  }

  renderSvg(): string {
    let svg = '<rect width="600" height="400" fill="#1f7a4d"/>';
    if (!this.begun) return svg;
    const card = (x: number, y: number, text: string): string =>
      `<rect x="${x}" y="${y}" width="80" height="116" rx="8" fill="#fff" stroke="#222"/>` +
      `<text x="${x + 40}" y="${y + 72}" font-size="38" text-anchor="middle" font-family="sans-serif">${text}</text>`;
    svg += card(40, 50, this.#openCard());
    this.#player.forEach((value, i) => {
      svg += card(40 + i * Math.min(90, 440 / this.#player.length), 230, value === 1 ? "A" : String(value));
    });
    return (
      `${svg}<text x="40" y="36" font-size="22" fill="#fff" font-family="sans-serif">dealer</text>` +
      `<text x="40" y="216" font-size="22" fill="#fff" font-family="sans-serif">player ${sumOf(this.#player)}</text>`
    );
  }

  protected begin(random: Pcg64, _settings: ResetSettings): ResetResult<readonly number[]> {
    this.#dealer = [drawCard(random), drawCard(random)];
    this.#player = [drawCard(random), drawCard(random)];
    this.#suit = random.integers(0, 4);
    this.#face = this.#dealer[0] === 10 ? random.integers(0, 3) : 0;
    return { observation: this.#observe(), info: NO_INFO };
  }

  protected writeEpisode(): number[] {
    return [this.#suit, this.#face, this.#player.length, ...this.#player, ...this.#dealer];
  }

  protected readEpisode(numbers: readonly number[]): boolean {
    const [suit, face, count] = numbers;
    const cards = numbers.slice(3);
    if (!(numbers.every(Number.isInteger) && suit >= 0 && suit < 4 && face >= 0 && face < 3)) return false;
    if (!(count >= 2 && cards.length >= count + 2 && cards.every((card) => card >= 1 && card <= 10))) return false;
    this.#suit = suit;
    this.#face = face;
    this.#player = cards.slice(0, count);
    this.#dealer = cards.slice(count);
    return true;
  }

  #openCard(): string {
    const value = this.#dealer[0];
    return `${value === 1 ? "A" : value === 10 ? FACES[this.#face] : value}${SUITS[this.#suit]}`;
  }

  #observe(): readonly number[] {
    return [sumOf(this.#player), this.#dealer[0], hasUsableAce(this.#player) ? 1 : 0];
  }
}

/** Draws a card: 1 for an ace, 2 .. 9, and 10 for ten, jack, queen and king. */
function drawCard(random: Pcg64): number {
  return Math.min(random.integers(0, 13) + 1, 10);
}

function hardSum(hand: readonly number[]): number {
  let sum = 0;
  for (const card of hand) sum += card;
  return sum;
}

/** True when an ace in the hand can count 11 without going over 21. */
function hasUsableAce(hand: readonly number[]): boolean {
  return hand.includes(1) && hardSum(hand) + 10 <= 21;
}

function sumOf(hand: readonly number[]): number {
  return hardSum(hand) + (hasUsableAce(hand) ? 10 : 0);
}

function scoreOf(hand: readonly number[]): number {
  const sum = sumOf(hand);
  return sum > 21 ? 0 : sum;
}

function isNatural(hand: readonly number[]): boolean {
  return hand.length === 2 && hand.includes(1) && hand.includes(10);
}
