-- job, attempt, log entry as JSON, seconds until the next attempt or '' for none, most entries, days they are kept.
even_when_full()
local job, attempt, entry, delay = A[1], A[2], A[3], tonumber(A[4])
if redis.call('EXISTS', job_key(job)) == 0 then return 0 end
redis.call('RPUSH', job_key(job, 'deliveries'), entry)
redis.call('LTRIM', job_key(job, 'deliveries'), -tonumber(A[5]), -1)
redis.call('EXPIRE', job_key(job, 'deliveries'), tonumber(A[6]) * 86400)
if not delay then
  redis.call('ZREM', 'vl:webhooks', job)
elseif get(job, 'webhook_attempts') == attempt then  -- else a later attempt says when the next one is
  redis.call('ZADD', 'vl:webhooks', 'XX', now + delay, job)
end
return 1
