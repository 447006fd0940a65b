// The version that stands in logs, metrics, the user agent and the annotation of injected Pods.

export const version = '0.1.0';
