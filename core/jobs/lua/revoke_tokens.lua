-- job. The number of the series of tokens that holds from now on, or 0 for no such job.
even_when_full()
local job = A[1]
if not is_known(job) then return 0 end
return redis.call('HINCRBY', job_key(job), 'token_series', 1)
