import { parentPort, workerData } from 'node:worker_threads';
import { readYamlHead } from './yaml-head.js';
import type { YamlJob } from './read-in-worker.js';

const { bytes, limits } = workerData as YamlJob;
parentPort?.postMessage(readYamlHead(bytes, limits), []);
