-- seconds. {job, attempt} whose webhook is due to be told, or nil; nobody else gets it for so long.
even_when_full()
while true do
  local job = redis.call('ZRANGEBYSCORE', 'vl:webhooks', '-inf', now, 'LIMIT', 0, 1)[1]
  if not job then return nil end
  if redis.call('EXISTS', job_key(job)) == 1 and not get(job, 'deleted_at') then
    redis.call('ZADD', 'vl:webhooks', now + tonumber(A[1]), job)
    return {job, redis.call('HINCRBY', job_key(job), 'webhook_attempts', 1)}
  end
  redis.call('ZREM', 'vl:webhooks', job)
end
