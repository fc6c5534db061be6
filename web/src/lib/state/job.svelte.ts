import { asProblem, Problem } from '$lib/api/problem';
import { getJob } from '$lib/api/people';
import type { Job } from '$lib/api/types';
import { toasts } from './toasts.svelte';

/** The work the server does in the background for this viewer: shown in a corner until it is done. */
class Jobs {
  running = $state<{ job: Job; label: string }[]>([]);

  /** Follows a job to its end; resolves with how it ended. */
  async follow(job: Job, label: string, done: (job: Job) => string): Promise<Job> {
    const show = (j: Job) => (this.running = [...this.running.filter((r) => r.job.id !== j.id), { job: j, label }]);
    show(job);
    let now = job;
    let wait = 250;
    try {
      while (now.state === 'waiting' || now.state === 'running') {
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(1500, wait * 1.3);
        now = await getJob(job.id);
        show(now);
      }
      if (now.state === 'failed') throw new Problem(0, 'job_failed', now.error ?? 'The work could not be finished. Try again.');
      toasts.done(now.message ?? done(now));
    } catch (error) {
      toasts.error(asProblem(error));
    } finally {
      this.running = this.running.filter((r) => r.job.id !== job.id);
    }
    return now;
  }
}

export const jobs = new Jobs();
