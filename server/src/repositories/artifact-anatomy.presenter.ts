import type { z } from 'zod';
import type { ImageConfig } from '../artifacts/index.ts';
import type { anatomyModel } from './artifact-anatomy.schema.ts';
import type { ArtifactAnatomy, Child, HistoryEntry, Layer } from './artifact-anatomy.ts';

type Model = z.input<typeof anatomyModel>;

/** What an artifact is made of. All of it is as it was pushed: whoever renders it escapes. */
export function presentAnatomy(anatomy: ArtifactAnatomy): Model {
  const { record, manifest, config, layers, history, children } = anatomy;
  return {
    digest: record.digest,
    media_type: record.mediaType,
    manifest,
    ...(config !== undefined && { config: presentConfig(config) }),
    layers: layers.map(presentLayer),
    history: history.map(presentHistory),
    ...(children !== undefined && { children: children.map(presentChild) }),
    total_size: record.size,
  };
}

function presentConfig(config: ImageConfig): NonNullable<Model['config']> {
  const { os, architecture, variant, created, author, user, workingDir, stopSignal } = config;
  return {
    ...(os !== undefined && { os }),
    ...(architecture !== undefined && { architecture }),
    ...(variant !== undefined && { variant }),
    ...(created !== undefined && { created }),
    ...(author !== undefined && { author }),
    ...(user !== undefined && { user }),
    ...(workingDir !== undefined && { working_dir: workingDir }),
    ...(stopSignal !== undefined && { stop_signal: stopSignal }),
    env: [...config.env],
    entrypoint: [...config.entrypoint],
    cmd: [...config.cmd],
    exposed_ports: [...config.exposedPorts],
    volumes: [...config.volumes],
    labels: config.labels,
  };
}

function presentLayer({ digest, mediaType, size, title, step }: Layer): Model['layers'][number] {
  return {
    digest,
    media_type: mediaType,
    size,
    ...(step !== undefined && step.createdBy !== '' && { command: step.createdBy }),
    ...(step?.created !== undefined && { created: step.created }),
    ...(title !== undefined && { title }),
    empty: false,
  };
}

function presentHistory(entry: HistoryEntry): Model['history'][number] {
  const { created, createdBy, comment, isEmpty, layerIndex } = entry;
  return {
    ...(created !== undefined && { created }),
    created_by: createdBy,
    ...(comment !== undefined && { comment }),
    empty_layer: isEmpty,
    ...(layerIndex !== undefined && { layer_index: layerIndex }),
  };
}

function presentChild(child: Child): NonNullable<Model['children']>[number] {
  const { platform, osVersion, artifactType, annotations, totalSize } = child;
  return {
    digest: child.digest,
    media_type: child.mediaType,
    size: child.size,
    ...(totalSize !== undefined && { total_size: totalSize }),
    ...(platform !== undefined && { platform }),
    ...(osVersion !== undefined && { os_version: osVersion }),
    ...(artifactType !== undefined && { artifact_type: artifactType }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
}
