// The engine's exports, grouped as src/operations/ is; nothing else. The host calls them through src/engine only.

export * from "./math/pcg64";
export * from "./math/scalar";
export * from "./math/random";

export { gemm_tile_form } from "./kernels/gemm";

export { dense_forward, dense_backward, dense_scratch_bytes } from "./kernels/dense";
export { activation_forward, activation_backward } from "./kernels/activation";
export { layer_norm_forward, layer_norm_backward } from "./kernels/layer-norm";
export { dueling_forward, dueling_backward } from "./kernels/dueling";
export { conv2d_forward, conv2d_backward, conv2d_scratch_bytes } from "./kernels/conv2d";
export { gru_forward, gru_backward, gru_scratch_bytes } from "./kernels/gru";
export { noise_factorized, noise_apply, noise_gradient } from "./kernels/noise";

export {
  rows_copy_columns, rows_maximum, rows_gather, rows_repeat, rows_mean, rows_fold, rows_unfold, rows_scale_groups,
  rows_scale_groups_backward, rows_add_scaled, rows_standardize,
} from "./kernels/rows";
export { rows_softmax, rows_log_softmax } from "./kernels/softmax";
export { rows_argmax } from "./kernels/argmax";
export { vectors_copy, vectors_polyak, vectors_combine, vectors_dot, vectors_clip_norm } from "./kernels/vectors";

export { td_update } from "./kernels/td";
export { munchausen_targets } from "./kernels/munchausen";
export { value_regression } from "./kernels/value-regression";
export { return_categorical_values, return_categorical_update } from "./kernels/return-categorical";
export { return_quantile_update } from "./kernels/return-quantile";
export { cosine_features } from "./kernels/cosine-features";

export {
  action_categorical_sample, action_categorical_evaluate, action_categorical_gradient, action_categorical_divergence,
  action_categorical_fisher,
} from "./kernels/action-categorical";
export {
  action_bernoulli_sample, action_bernoulli_evaluate, action_bernoulli_gradient, action_bernoulli_divergence,
  action_bernoulli_fisher,
} from "./kernels/action-bernoulli";
export {
  action_gaussian_sample, action_gaussian_evaluate, action_gaussian_gradient, action_gaussian_divergence,
  action_gaussian_fisher,
} from "./kernels/action-gaussian";
export {
  state_noise_draw, state_noise_add, state_noise_deviations, state_noise_gradient, state_noise_tangent,
} from "./kernels/state-noise";
export { policy_loss_surrogate, policy_loss_value } from "./kernels/policy-loss";
export { rollout_lambda_returns, rollout_gae, rollout_n_step, rollout_v_trace } from "./kernels/rollout";

export { adam_step } from "./kernels/adam";
export { rmsprop_step } from "./kernels/rmsprop";
export { sgd_step } from "./kernels/sgd";
export { random_categorical } from "./kernels/random-categorical";

export { replay_store, replay_draw, replay_gather } from "./replay/ring-buffer";
export { sum_tree_add, sum_tree_build, sum_tree_sample, sum_tree_update } from "./replay/sum-tree";
export { rank_tree_add, rank_tree_build, rank_tree_sample, rank_tree_update } from "./replay/rank-tree";

/** First address that the host may plan with. */
export function heap_base(): usize { return __heap_base; }
