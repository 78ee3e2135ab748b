-- job, attempt, log entry as JSON, seconds until the next attempt or '' for none, maximum entries, days they are kept.
even_when_full()
local job, attempt, entry, delay = A[1], A[2], A[3], tonumber(A[4])
if not is_known(job) then return 0 end
redis.call('RPUSH', job_key(job, 'deliveries'), entry)
redis.call('LTRIM', job_key(job, 'deliveries'), -tonumber(A[5]), -1)
redis.call('EXPIRE', job_key(job, 'deliveries'), tonumber(A[6]) * 86400)
local newest = get(job, 'webhook_attempts') == attempt  -- otherwise a later attempt sets the next time
local asked_again = (number(job, 'webhook_attempts_before') or 0) >= tonumber(attempt)
if newest and asked_again and cjson.decode(entry).outcome ~= 'delivered' then
  redis.call('ZADD', key('webhooks'), now, job)
elseif not delay then
  redis.call('ZREM', key('webhooks'), job)
elseif newest then
  redis.call('ZADD', key('webhooks'), 'XX', now + delay, job)
end
return 1
