import { z } from 'zod';
import { timestamp } from '../api/index.ts';

const text = z.string().max(4096);
const word = z.string().max(255);
const size = z.int();

const configModel = z.object({
  os: word.optional(),
  architecture: word.optional(),
  variant: word.optional(),
  created: timestamp.optional(),
  author: word.optional(),
  user: word.optional(),
  working_dir: text.optional(),
  stop_signal: word.optional(),
  env: text.array(),
  entrypoint: text.array(),
  cmd: text.array(),
  exposed_ports: text.array(),
  volumes: text.array(),
  labels: z.record(z.string(), text),
});

const layerModel = z.object({
  digest: z.string(),
  media_type: z.string(),
  size,
  command: text.optional(),
  created: timestamp.optional(),
  title: text.optional(),
  /** Steps without a layer are in the history alone. */
  empty: z.literal(false),
});

const historyModel = z.object({
  created: timestamp.optional(),
  created_by: text,
  comment: text.optional(),
  empty_layer: z.boolean(),
  layer_index: z.int().min(0).optional(),
});

const childModel = z.object({
  digest: z.string(),
  media_type: z.string(),
  size,
  total_size: size.optional(),
  platform: word.optional(),
  os_version: word.optional(),
  artifact_type: z.string().optional(),
  annotations: z.record(z.string(), text).optional(),
});

export const anatomyModel = z.object({
  digest: z.string(),
  media_type: z.string(),
  manifest: z.string(),
  config: configModel.optional(),
  layers: layerModel.array(),
  history: historyModel.array(),
  children: childModel.array().optional(),
  total_size: size,
});
