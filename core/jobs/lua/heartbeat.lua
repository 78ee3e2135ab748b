-- member, token. {held, stop}
even_when_full()
local member, token = A[1], A[2]
if not held(member, token) then
  survived(member, token)
  return {0, 1}
end
renew_lease(member)
return {1, is_unwanted(member) and 1 or 0}
