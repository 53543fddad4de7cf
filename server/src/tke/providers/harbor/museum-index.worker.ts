import { parentPort, workerData } from 'node:worker_threads';
import { parseIndexYaml } from './museum-yaml.ts';

// JSON: a document may have a prototype-shaped key that cloning would treat as one.
parentPort?.postMessage(JSON.parse(JSON.stringify(parseIndexYaml(String(workerData)))), []);
