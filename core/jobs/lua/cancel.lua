-- job. 0: no such job; 1: otherwise. A terminal job stays as it is.
even_when_full()
local job = A[1]
if redis.call('EXISTS', job_key(job)) == 0 then return 0 end
if not terminal(job) and not get(job, 'cancel_requested_at') then ask_to_stop(job) end
return 1
