-- job. Delivers its end again at once with all attempts, unless it was delivered. 'due', also during an attempt, after
-- which it is repeated if it fails; or the reason: 'unknown', 'running', 'no_webhook', 'delivered'.
even_when_full()
local job = A[1]
if not is_known(job) or get(job, 'deleted_at') then return 'unknown' end
if not terminal(job) then return 'running' end
if not get(job, 'webhook_url') then return 'no_webhook' end
local text = redis.call('LINDEX', job_key(job, 'deliveries'), -1)
local last = text and cjson.decode(text)
local waits = redis.call('ZSCORE', key('webhooks'), job)
if last and last.outcome == 'delivered' and not waits then return 'delivered' end
local attempts = number(job, 'webhook_attempts') or 0
redis.call('HSET', job_key(job), 'webhook_attempts_before', attempts)
local under_way = waits and attempts > 0 and not (last and last.attempt == attempts)
if not under_way then redis.call('ZADD', key('webhooks'), now, job) end
return 'due'
