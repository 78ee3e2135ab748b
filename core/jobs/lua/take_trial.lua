-- seconds. {id, tenant, url} of a due test event, or nil; leased for so long. Older requests are dropped: nobody waits
-- for them.
even_when_full()
while true do
  local id = redis.call('LPOP', key('webhook_trials'))
  if not id then return nil end
  local trial = redis.call('HMGET', key('webhook_trial', id), 'tenant', 'url', 'asked_at')
  if trial[1] and now - tonumber(trial[3]) < tonumber(A[1]) then return {id, trial[1], trial[2]} end
end
