from lib.action import RackspaceAction
from lib.formatters import balancer_result
from lib.loadbalancers import create_balancer


class CreateLoadBalancerAction(RackspaceAction):
    def run(self, name, port=80, protocol='HTTP'):
        return balancer_result(*create_balancer(self.cloud(), name, port, protocol))
