-- seconds. {job, attempt, attempts before the last request for delivery} of a due webhook, or nil; leased for so long.
even_when_full()
while true do
  local job = redis.call('ZRANGEBYSCORE', key('webhooks'), '-inf', now, 'LIMIT', 0, 1)[1]
  if not job then return nil end
  if is_known(job) and not get(job, 'deleted_at') then
    redis.call('ZADD', key('webhooks'), now + tonumber(A[1]), job)
    local attempts = redis.call('HINCRBY', job_key(job), 'webhook_attempts', 1)
    return {job, attempts, number(job, 'webhook_attempts_before') or 0}
  end
  redis.call('ZREM', key('webhooks'), job)
end
