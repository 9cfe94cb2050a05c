from lib.action import RackspaceAction
from lib.formatters import member_result
from lib.loadbalancers import set_condition


class UpdateLoadBalancerNodeAction(RackspaceAction):
    def run(self, loadbalancer_id, ip, condition, port=None):
        member = set_condition(self.cloud(), loadbalancer_id, ip, condition, port)
        return member_result(member) if member else None
