// The engine's exports, grouped by layer; nothing else. The host calls them through src/engine only.

export * from "./math/pcg64";
export * from "./math/scalar";
export * from "./math/random";

export { gemm_tile_form } from "./kernels/gemm";
export { dense_forward, dense_backward, dense_scratch_bytes } from "./kernels/dense";
export { conv2d_forward, conv2d_backward, conv2d_scratch_bytes } from "./kernels/conv2d";
export { activation_forward, activation_backward } from "./kernels/activation";
export { add_scaled } from "./kernels/add-scaled";
export { layer_norm_forward, layer_norm_backward } from "./kernels/layer-norm";
export { dueling_forward, dueling_backward } from "./kernels/dueling";
export { cosine_features, modulate, modulate_backward, fractions_fold, fractions_unfold } from "./kernels/implicit-quantile";
export { softmax_forward, log_softmax_forward } from "./kernels/softmax";
export { columns_copy } from "./kernels/columns";
export { argmax } from "./kernels/argmax";
export { categorical_sample } from "./kernels/sample-categorical";
export { td_update } from "./kernels/td";
export { categorical_values, categorical_update } from "./kernels/categorical";
export { quantile_values, quantile_update } from "./kernels/quantile";
export { munchausen_targets } from "./kernels/munchausen";
export { value_regression } from "./kernels/value-regression";
export { gradient_norm_clip } from "./kernels/gradient-norm";
export { adam_step } from "./kernels/adam";
export { rmsprop_step } from "./kernels/rmsprop";
export { sgd_step } from "./kernels/sgd";
export { noise_factorized, noise_apply, noise_gradient } from "./kernels/noise";
export {
  rollout_lambda_returns, rollout_gae, rollout_n_step, rollout_v_trace, rollout_maxima, rollout_gather,
} from "./kernels/rollout";
export {
  categorical_policy_sample, categorical_policy_evaluate, categorical_policy_gradient, categorical_policy_divergence,
  categorical_policy_fisher,
} from "./kernels/policy-categorical";
export {
  bernoulli_policy_sample, bernoulli_policy_evaluate, bernoulli_policy_gradient, bernoulli_policy_divergence,
  bernoulli_policy_fisher,
} from "./kernels/policy-bernoulli";
export {
  gaussian_policy_sample, gaussian_policy_evaluate, gaussian_policy_gradient, gaussian_policy_divergence,
  gaussian_policy_fisher,
} from "./kernels/policy-gaussian";
export {
  state_noise_draw, state_noise_add, state_noise_deviations, state_noise_gradient, state_noise_tangent,
} from "./kernels/policy-state-noise";
export { policy_standardize, policy_loss, policy_value_loss } from "./kernels/policy-loss";
export { gru_forward, gru_backward, gru_scratch_bytes } from "./kernels/gru";
export { polyak_update, parameters_copy } from "./kernels/polyak";
export { vectors_combine, vectors_dot } from "./kernels/vectors";

export { replay_store, replay_draw, replay_gather } from "./replay/ring-buffer";
export { sum_tree_add, sum_tree_build, sum_tree_sample, sum_tree_update } from "./replay/sum-tree";
export { rank_tree_add, rank_tree_build, rank_tree_sample, rank_tree_update } from "./replay/rank-tree";

/** First address that the host may plan with. */
export function heap_base(): usize { return __heap_base; }
