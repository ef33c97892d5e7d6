import type { Check } from '../../../check.ts';
import { alertmanager } from './alertmanager.ts';
import { deadMansSwitch } from './dead-mans-switch.ts';
import { notifications } from './notifications.ts';
import { queries } from './queries.ts';
import { ready } from './ready.ts';
import { rules } from './rules.ts';
import { storage } from './storage.ts';
import { targets } from './targets.ts';

/** Checks of the add-on monitoring. */
export const monitoringChecks: readonly Check[] = [
  ready,
  targets,
  queries,
  rules,
  alertmanager,
  deadMansSwitch,
  notifications,
  storage,
];
