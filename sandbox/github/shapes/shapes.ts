import { Addresses } from './addresses.ts';
import { CommitShapes } from './commits.ts';
import { IssueShapes } from './issues.ts';
import { RunShapes } from './runs.ts';

/** Builds the JSON that GitHub answers, from what the stand-in keeps. */
export class Shapes extends Addresses {
  readonly issues = new IssueShapes(this);
  readonly commits = new CommitShapes(this);
  readonly runs = new RunShapes(this);
}
